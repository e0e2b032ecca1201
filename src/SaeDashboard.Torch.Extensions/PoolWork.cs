namespace SaeDashboard.Torch.Extensions;

/// <summary>A loop for the <see cref="WorkerPool"/>. Kept and used again, it costs no memory a loop.</summary>
public abstract class PoolWork
{
    /// <summary>Does one part; from any thread, several parts at once. Must not throw.</summary>
    protected internal abstract void Part(int part);
}
