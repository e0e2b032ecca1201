using TorchSharp;

namespace SaeDashboard.Torch.Extensions;

/// <summary>Lets another number of threads work on one operation of the calling thread, until it is disposed on that thread.</summary>
public readonly struct TorchThreads : IDisposable
{
    private readonly int before = torch.get_num_threads();

    /// <param name="threads">At least 1.</param>
    public TorchThreads(int threads) => torch.set_num_threads(threads);

    /// <summary>Sets the number of before.</summary>
    public void Dispose() => torch.set_num_threads(before);
}
