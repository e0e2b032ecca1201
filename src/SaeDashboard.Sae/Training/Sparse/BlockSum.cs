namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>One block's share of the sums over a batch, added up in the blocks' order afterwards.</summary>
internal sealed class BlockSum(int width)
{
    public double SquaredError { get; set; }

    public double SquaredInput { get; set; }

    /// <summary>Σ over prefixes of ‖e_prefix‖²; equal to <see cref="SquaredError"/> where there is one.</summary>
    public double SquaredPrefixErrors { get; set; }

    public long Active { get; set; }

    /// <summary>Σ e [d].</summary>
    public float[] Error { get; } = GC.AllocateArray<float>(width, pinned: true);

    /// <summary>Σ of the first group's pull [d]: what moves b_dec.</summary>
    public float[] Pull { get; } = GC.AllocateArray<float>(width, pinned: true);

    /// <summary>Σ (x − b_dec) [d].</summary>
    public float[] Input { get; } = GC.AllocateArray<float>(width, pinned: true);

    public void Clear()
    {
        (SquaredError, SquaredInput, SquaredPrefixErrors, Active) = (0, 0, 0, 0);
        Array.Clear(Error);
        Array.Clear(Pull);
        Array.Clear(Input);
    }
}
