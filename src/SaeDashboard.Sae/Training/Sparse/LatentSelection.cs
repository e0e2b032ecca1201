namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>Which latents a column has: what the sparse step's architectures differ in, beside the latents' gradients.</summary>
internal abstract class LatentSelection : IDisposable
{
    /// <summary>Fills the lists of a training batch.</summary>
    public abstract void Train(TrainingState state, SparseBatch batch);

    /// <summary>Fills the lists of a batch as the published SAE would: each column by itself.</summary>
    public abstract void Use(TrainingState state, SparseBatch batch);

    public abstract void Dispose();
}
