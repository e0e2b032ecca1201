namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>Takes what matters from a block's pre-activations as they are computed. One a thread.</summary>
internal abstract unsafe class RowCollector
{
    /// <summary>Begins a block of so many columns.</summary>
    /// <param name="rows">Its columns.</param>
    /// <param name="bias">b_enc [F].</param>
    public abstract void Begin(int rows, float* bias);

    /// <summary>Looks at h·W_enc of one column and of <paramref name="count"/> latents, b_enc not yet added.</summary>
    /// <param name="row">The column within the block.</param>
    /// <param name="first">The first latent. They come in ascending order.</param>
    /// <param name="product">The numbers [count].</param>
    /// <param name="count">How many.</param>
    public abstract void Take(int row, int first, float* product, int count);

    /// <summary>The same of a product in bfloat16.</summary>
    public abstract void Take(int row, int first, ushort* product, int count);

    /// <summary>Writes what was taken.</summary>
    /// <param name="list">The block's, empty.</param>
    /// <param name="centred">h [rows, d].</param>
    /// <param name="encoder">W_encᵀ [F, d].</param>
    /// <param name="width">d.</param>
    public abstract void End(LatentList list, float* centred, float* encoder, int width);
}
