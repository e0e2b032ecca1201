namespace SaeDashboard.Sae.Features.Measures;

/// <summary>Descriptors of the sound under each column.</summary>
public interface IColumnDescriptors
{
    /// <summary>Their names.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>A clip's values <c>[descriptors][columns]</c>: entry i is of column i + 1; NaN where a descriptor has none.</summary>
    /// <param name="row">The clip's row in the dataset.</param>
    /// <param name="columns">Its columns.</param>
    float[][] ValuesOf(int row, int columns);
}

/// <summary>
/// Pearson correlations of features' activations (0 where they do not fire) with descriptors, over the columns where the descriptor has a value.
/// In float64.
/// </summary>
internal sealed class DescriptorCorrelations
{
    private readonly FiringStore store;

    /// <summary>[descriptor][unit]: value less the mean; NaN where there is none.</summary>
    private readonly double[][] centred;
    private readonly long[] counts;
    private readonly double[] variances;

    /// <param name="store">The activations.</param>
    /// <param name="descriptors">How many.</param>
    /// <param name="values">A row's values from its first measured column on <c>[descriptors][measured]</c>.</param>
    public DescriptorCorrelations(FiringStore store, int descriptors, IReadOnlyDictionary<int, float[][]> values)
    {
        this.store = store;
        centred = new double[descriptors][];
        counts = new long[descriptors];
        variances = new double[descriptors];
        for (var descriptor = 0; descriptor < descriptors; descriptor++)
        {
            var units = centred[descriptor] = new double[store.UnitCount];
            Array.Fill(units, double.NaN);
            var sum = 0.0;
            foreach (var clip in store.Clips)
            {
                var of = values[clip.Row][descriptor];
                for (var i = 0; i < clip.Columns; i++)
                {
                    if (!float.IsFinite(of[i])) continue;
                    units[clip.Start + i] = of[i];
                    sum += of[i];
                    counts[descriptor]++;
                }
            }
            var mean = sum / Math.Max(1, counts[descriptor]);
            for (var unit = 0; unit < units.Length; unit++)
            {
                units[unit] -= mean;
                if (!double.IsNaN(units[unit])) variances[descriptor] += units[unit] * units[unit];
            }
        }
    }

    /// <summary>Columns for which any descriptor has a value.</summary>
    public long Columns => counts.Length == 0 ? 0 : counts.Max();

    /// <summary>A feature's correlation with each descriptor; NaN where one of the two does not vary.</summary>
    public void Measure(int feature, Span<float> correlations)
    {
        var units = store.Units(feature);
        var values = store.Values(feature);
        for (var descriptor = 0; descriptor < correlations.Length; descriptor++)
        {
            var of = centred[descriptor];
            double sum = 0, squares = 0, products = 0;
            for (var i = 0; i < units.Length; i++)
            {
                var value = of[units[i]];
                if (double.IsNaN(value)) continue;
                sum += values[i];
                squares += (double)values[i] * values[i];
                products += values[i] * value;
            }
            // The descriptor's mean is 0, so the products need no correction.
            var variance = squares - sum * sum / Math.Max(1, counts[descriptor]);
            correlations[descriptor] = variance > 1e-12 * squares && variances[descriptor] > 0
                ? (float)Math.Clamp(products / Math.Sqrt(variance * variances[descriptor]), -1, 1)
                : float.NaN;
        }
    }
}
