using System.Numerics;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// x' = s·(x − μ) with E x' = 0 and E‖x'‖² = 1 (dictionary_learning's convention, which the constants of the training losses belong to). It
/// is folded into the weights on export, so nobody else needs it.
/// </summary>
public sealed record ColumnScaling(float[] Mean, float Scale)
{
    /// <summary>Changes nothing.</summary>
    public static ColumnScaling Identity(int width) => new(new float[width], 1);

    /// <summary>Whether both do the same to the bit.</summary>
    public bool SameAs(ColumnScaling other) => Scale.Equals(other.Scale) && Mean.AsSpan().SequenceEqual(other.Mean);

    /// <summary>Replaces a column [width] by x'.</summary>
    public void Apply(Span<float> column)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(column.Length, Mean.Length);
        var d = 0;
        for (; d <= column.Length - Vector<float>.Count; d += Vector<float>.Count)
            ((new Vector<float>(column[d..]) - new Vector<float>(Mean, d)) * Scale).CopyTo(column[d..]);
        for (; d < column.Length; d++)
            column[d] = (column[d] - Mean[d]) * Scale;
    }
}
