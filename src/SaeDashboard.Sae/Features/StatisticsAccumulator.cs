namespace SaeDashboard.Sae.Features;

/// <summary>Computes the statistics of single features in one pass over clips: densities, moments, percentile, histogram, filter.</summary>
/// <param name="features">Number of features F.</param>
/// <param name="firstColumn">First column measured (4).</param>
/// <param name="frameRate">Columns per second (Hz).</param>
/// <param name="valueBudget">Activations stored in memory for percentiles and histograms (4 bytes each).</param>
internal sealed class StatisticsAccumulator(int features, int firstColumn, double frameRate, long valueBudget)
{
    private readonly RunningMoments moments = new(features);
    private readonly SampleValues activations = new(features, valueBudget);
    private readonly SampleValues clipMaxima = new(features, valueBudget);

    public long ColumnsMeasured { get; private set; }

    /// <summary>Clips longer than their trimmed first and last 0.5 s.</summary>
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

    /// <summary>The results.</summary>
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
            table.Thin[feature] = positives < ClipDensityFilter.ThinBelow;
            table.Percentile99[feature] = table.Thin[feature] ? maximum : activations.Percentile(feature, 0.99);

            var any = ClipDensity(feature, 0);
            var rate = ClipDensity(feature, ClipDensityFilter.Threshold(table.Percentile99[feature]));
            table.ClipDensityAny[feature] = (float)any;
            table.ClipDensity[feature] = (float)rate;
            table.KeptAny[feature] = ClipDensityFilter.Keeps(any);
            table.Kept[feature] = ClipDensityFilter.Keeps(rate);
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

    /// <summary>Equal bins from 0 to the maximum; the counts of a sample are scaled to all activations.</summary>
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

/// <summary>The results of <see cref="StatisticsAccumulator"/>, one entry per feature.</summary>
internal sealed class StatisticsTable(int features, int histogramBins)
{
    public long ColumnsMeasured { get; init; }
    public int ClipsMeasured { get; init; }

    /// <summary>False when the budget was exceeded and percentiles come from samples.</summary>
    public bool Exact { get; init; }

    public long[] Positives { get; } = new long[features];
    public float[] ColumnDensity { get; } = new float[features];

    /// <summary>Clips whose maximum exceeds 10 % of p99.</summary>
    public float[] ClipDensity { get; } = new float[features];

    /// <summary>Clips whose maximum exceeds 0.</summary>
    public float[] ClipDensityAny { get; } = new float[features];
    public float[] Percentile99 { get; } = new float[features];
    public bool[] Thin { get; } = new bool[features];
    public float[] Maximum { get; } = new float[features];
    public float[] Mean { get; } = new float[features];
    public float[] Variance { get; } = new float[features];
    public float[] Skewness { get; } = new float[features];
    public float[] Kurtosis { get; } = new float[features];
    public bool[] Kept { get; } = new bool[features];
    public bool[] KeptAny { get; } = new bool[features];

    /// <summary><c>[F, bins]</c>, row by feature.</summary>
    public int[] Histogram { get; } = new int[features * histogramBins];
}

/// <summary>
/// The measured columns of a clip of columns 1..F. Before column 4 some codebooks hold no real codes, so nothing is measured there.
/// </summary>
/// <param name="FirstColumn">First column that statistics use (4).</param>
/// <param name="TrimFrom">First column for the clip's maximum, which excludes the first 0.5 s.</param>
/// <param name="TrimTo">Last column for the clip's maximum, which excludes the last 0.5 s. Below <paramref name="TrimFrom"/> if the clip is
/// too short.</param>
/// <param name="LastColumn">The clip's last column F.</param>
internal readonly record struct ClipWindow(int FirstColumn, int TrimFrom, int TrimTo, int LastColumn)
{
    private const double TrimSeconds = 0.5;

    public int MeasuredColumns => Math.Max(0, LastColumn - FirstColumn + 1);

    public bool CountsForClips => TrimTo >= TrimFrom;

    /// <summary>The window of a clip of <paramref name="columns"/> columns. Column p is shown at (p − 1) / frameRate seconds.</summary>
    public static ClipWindow Of(int columns, int firstColumn, double frameRate)
    {
        var trim = (int)Math.Round(TrimSeconds * frameRate, MidpointRounding.AwayFromZero);
        return new ClipWindow(firstColumn, Math.Max(firstColumn, trim + 1), columns - trim, columns);
    }
}

/// <summary>
/// The filter of arXiv:2505.18186: a feature is kept if it fires in 1 % to 25 % of the held-out clips. It fires in a clip if its maximum
/// there exceeds a threshold: 0 as in the paper, or 10 % of the feature's p99, which excludes weak bursts.
/// </summary>
public static class ClipDensityFilter
{
    /// <summary>The smallest share of clips.</summary>
    public const double MinRate = 0.01;

    /// <summary>The largest share of clips.</summary>
    public const double MaxRate = 0.25;

    /// <summary>The default threshold as a share of p99.</summary>
    public const double ThresholdShare = 0.1;

    /// <summary>With fewer positive activations than this, p99 is the maximum and the feature is flagged thin.</summary>
    public const int ThinBelow = 50;

    /// <summary>The default threshold of a feature, in units of its activation.</summary>
    public static double Threshold(float percentile99) => ThresholdShare * percentile99;

    /// <summary>Whether a feature that fires in <paramref name="rate"/> (0..1) of the clips is kept.</summary>
    public static bool Keeps(double rate) => rate is >= MinRate and <= MaxRate;
}
