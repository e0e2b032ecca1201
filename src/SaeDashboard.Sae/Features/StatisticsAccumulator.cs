namespace SaeDashboard.Sae.Features;

/// <summary>Counts, in one pass over clips, everything that is said about a feature alone: densities, moments, percentile, histogram, filter.</summary>
/// <param name="features">Number of features F.</param>
/// <param name="firstColumn">First column measured (4).</param>
/// <param name="frameRate">Columns a second.</param>
/// <param name="valueBudget">Activations kept in memory for percentiles and histograms (4 bytes each).</param>
internal sealed class StatisticsAccumulator(int features, int firstColumn, double frameRate, long valueBudget)
{
    private readonly RunningMoments moments = new(features);
    private readonly SampleValues activations = new(features, valueBudget);
    private readonly SampleValues clipMaxima = new(features, valueBudget);

    public long ColumnsMeasured { get; private set; }

    /// <summary>Clips long enough for a maximum without their first and last 0.5 s.</summary>
    public int ClipsMeasured { get; private set; }

    /// <summary>Adds one clip of <paramref name="columns"/> columns.</summary>
    public void Add(ClipLatents latents, int columns)
    {
        var window = ClipWindow.Of(columns, firstColumn, frameRate);
        ColumnsMeasured += window.MeasuredColumns;
        if (window.CountsForClips)
            ClipsMeasured++;
        foreach (var feature in latents.Fired)
        {
            var at = latents.Columns(feature);
            var values = latents.Values(feature);
            var clipMaximum = 0f;
            for (var i = 0; i < at.Length; i++)
            {
                if (at[i] < window.FirstColumn)
                    continue;
                moments.Add(feature, values[i]);
                activations.Add(feature, values[i]);
                if (at[i] >= window.TrimFrom && at[i] <= window.TrimTo)
                    clipMaximum = Math.Max(clipMaximum, values[i]);
            }

            if (clipMaximum > 0)
                clipMaxima.Add(feature, clipMaximum);
        }
    }

    /// <summary>The table of what was counted.</summary>
    public StatisticsTable Finish(int histogramBins)
    {
        var table = new StatisticsTable(features, histogramBins)
        {
            ColumnsMeasured = ColumnsMeasured,
            ClipsMeasured = ClipsMeasured,
            Exact = activations.Exact && clipMaxima.Exact,
        };
        for (var feature = 0; feature < features; feature++)
        {
            var positives = moments.Count(feature);
            var maximum = moments.Maximum(feature);
            table.Positives[feature] = positives;
            table.ColumnDensity[feature] = ColumnsMeasured == 0 ? 0 : (float)((double)positives / ColumnsMeasured);
            table.Maximum[feature] = maximum;
            table.Mean[feature] = (float)moments.Mean(feature);
            table.Variance[feature] = (float)moments.Variance(feature);
            table.Skewness[feature] = (float)moments.Skewness(feature);
            table.Kurtosis[feature] = (float)moments.Kurtosis(feature);
            table.Thin[feature] = positives < FeatureFilter.ThinBelow;
            table.Percentile99[feature] = table.Thin[feature] ? maximum : activations.Percentile(feature, 0.99);

            var any = ClipDensity(feature, 0);
            var rate = ClipDensity(feature, FeatureFilter.Threshold(table.Percentile99[feature]));
            table.ClipDensityAny[feature] = (float)any;
            table.ClipDensity[feature] = (float)rate;
            table.KeptAny[feature] = FeatureFilter.Keeps(any);
            table.Kept[feature] = FeatureFilter.Keeps(rate);
            FillHistogram(table.Histogram.AsSpan(feature * histogramBins, histogramBins), feature, maximum);
        }

        return table;
    }

    private double ClipDensity(int feature, double threshold)
    {
        var maxima = clipMaxima.Of(feature);
        if (ClipsMeasured == 0 || maxima.IsEmpty)
            return 0;
        var above = 0;
        foreach (var value in maxima)
        {
            if (value > threshold)
                above++;
        }

        var clips = clipMaxima.Exact ? above : (double)above * clipMaxima.Seen(feature) / maxima.Length;
        return clips / ClipsMeasured;
    }

    /// <summary>Equal bins from 0 to the maximum; a sample's counts are scaled to all activations.</summary>
    private void FillHistogram(Span<int> bins, int feature, float maximum)
    {
        var values = activations.Of(feature);
        if (values.IsEmpty)
            return;
        foreach (var value in values)
            bins[BinOf(value, maximum, bins.Length)]++;
        if (activations.Exact)
            return;
        var scale = (double)activations.Seen(feature) / values.Length;
        for (var bin = 0; bin < bins.Length; bin++)
            bins[bin] = (int)Math.Min(int.MaxValue, Math.Round(bins[bin] * scale));
    }

    /// <summary>The bin of an activation: bin b holds [b, b + 1)·maximum / bins, the last one also the maximum itself.</summary>
    public static int BinOf(float value, float maximum, int bins) => Math.Min(bins - 1, (int)((double)value / maximum * bins));
}
