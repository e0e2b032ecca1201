namespace SaeDashboard.Sae.Features.Measures;

/// <summary>Where in its clips a feature fires, and how much of its activation the position explains.</summary>
internal sealed class PositionMeter
{
    /// <summary>Equal parts of a clip.</summary>
    public const int Bins = 32;

    private readonly FiringStore store;
    private readonly int[] clipOf;
    private readonly int[] clipsAt;
    private readonly long columns;

    public PositionMeter(FiringStore store)
    {
        this.store = store;
        clipOf = store.ClipOfUnit();
        columns = store.Columns;
        clipsAt = new int[store.Clips.Select(clip => clip.Columns).DefaultIfEmpty().Max()];
        foreach (var clip in store.Clips)
            for (var position = 0; position < clip.Columns; position++) clipsAt[position]++;
    }

    /// <summary>A buffer for <see cref="Measure"/>.</summary>
    public double[] Scratch() => new double[clipsAt.Length];

    /// <summary>Fills the histogram and returns R²; NaN when the feature never fires, or always alike.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="histogram">Its firing columns in each part of the clip <c>[bins]</c>, all 0 before.</param>
    /// <param name="sums">From <see cref="Scratch"/>.</param>
    public double Measure(int feature, Span<int> histogram, double[] sums)
    {
        Array.Clear(sums);
        var units = store.Units(feature);
        var values = store.Values(feature);
        double sum = 0, squares = 0;
        for (var i = 0; i < units.Length; i++)
        {
            var clip = store.Clips[clipOf[units[i]]];
            var position = units[i] - clip.Start;
            histogram[(int)((long)position * histogram.Length / clip.Columns)]++;
            sums[position] += values[i];
            sum += values[i];
            squares += (double)values[i] * values[i];
        }
        // R² = variance between the means at each position / whole variance, both over all columns, with 0 where it does not fire.
        var between = 0.0;
        for (var position = 0; position < sums.Length; position++) between += sums[position] * sums[position] / clipsAt[position];
        var common = sum * sum / columns;
        var whole = squares - common;
        return units.Length > 0 && whole > 1e-12 * squares ? Math.Clamp((between - common) / whole, 0, 1) : double.NaN;
    }
}
