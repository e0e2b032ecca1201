using System.Numerics;
using SaeDashboard.Core;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// x' = s·(x − μ) with E x' = 0 and E‖x'‖² = 1 (dictionary_learning's convention, which the constants of the training losses belong to). It
/// is folded into the weights on export, so nobody else needs it.
/// </summary>
public sealed record ColumnScaling(float[] Mean, float Scale)
{
    /// <summary>Changes nothing.</summary>
    public static ColumnScaling Identity(int width) => new(new float[width], 1);

    /// <summary>Estimates μ and s, in double precision, from columns drawn without replacement.</summary>
    /// <param name="columns">Where to draw.</param>
    /// <param name="samples">How many columns; too few (some thousands) are a known way to a bad run. At most all there are.</param>
    /// <param name="seed">The draw.</param>
    public static ColumnScaling Estimate(ClipSubset columns, long samples, ulong seed)
    {
        var width = columns.Store.Width;
        var order = new ActivationShuffler(columns.ColumnCount, seed);
        var count = Math.Min(samples, columns.ColumnCount);
        var column = new float[width];
        var sum = new double[width];
        var squares = new double[width];
        for (var i = 0L; i < count; i++)
        {
            columns.Copy(order.At(i), column);
            for (var d = 0; d < width; d++)
            {
                sum[d] += column[d];
                squares[d] += (double)column[d] * column[d];
            }
        }

        var mean = new float[width];
        var variance = 0.0;
        for (var d = 0; d < width; d++)
        {
            mean[d] = (float)(sum[d] / count);
            variance += squares[d] / count - (double)mean[d] * (2 * sum[d] / count - mean[d]);
        }
        if (!(variance > 0) || !double.IsFinite(variance))
            throw new UserException($"The activations in {columns.Store.Folder} have variance {variance}: there is nothing to learn.");
        return new ColumnScaling(mean, (float)(1 / Math.Sqrt(variance)));
    }

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
