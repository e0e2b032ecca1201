using SaeDashboard.Core;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>The positive activations of features over the measured columns of many clips, feature by feature: 8 bytes each.</summary>
internal sealed class SparseColumns
{
    // 2 GB: an SAE of L0 32 on 400 clips of 512 columns has 6.6 million.
    private const long MostEntries = 256L << 20;

    private readonly TruthLayout layout;
    private readonly int[]?[] units;
    private readonly float[]?[] values;
    private readonly int[] counts;
    private readonly bool[]? wanted;
    private long total;

    /// <param name="layout">How columns are numbered.</param>
    /// <param name="features">F of the dictionary.</param>
    /// <param name="wanted">Which features are kept; null for all.</param>
    public SparseColumns(TruthLayout layout, int features, bool[]? wanted = null)
    {
        (this.layout, this.wanted) = (layout, wanted);
        units = new int[features][];
        values = new float[features][];
        counts = new int[features];
    }

    public TruthLayout Layout => layout;

    public int Features => counts.Length;

    /// <summary>Ascending units (by frames) at which the feature is above 0.</summary>
    public ReadOnlySpan<int> Units(int feature) => units[feature].AsSpan(0, counts[feature]);

    /// <summary>The activations at <see cref="Units"/>.</summary>
    public ReadOnlySpan<float> Values(int feature) => values[feature].AsSpan(0, counts[feature]);

    /// <summary>Adds what fired in clip number <paramref name="clip"/>. Clips come in ascending order.</summary>
    /// <exception cref="UserException">There are too many activations to hold.</exception>
    public void Add(int clip, ClipLatents latents)
    {
        var first = clip * layout.Stride + layout.Margin - 1;
        foreach (var feature in latents.Fired)
        {
            if (wanted is not null && !wanted[feature]) continue;
            var columns = latents.Columns(feature);
            var activations = latents.Values(feature);
            var skipped = 0;
            while (skipped < columns.Length && columns[skipped] < layout.FirstColumn) skipped++;
            var count = columns.Length - skipped;
            Grow(feature, count);
            for (var i = 0; i < count; i++) units[feature]![counts[feature] + i] = first + columns[skipped + i];
            activations[skipped..].CopyTo(values[feature].AsSpan(counts[feature]));
            counts[feature] += count;
            total += count;
        }
        if (total > MostEntries)
        {
            throw new UserException($"The SAE's latents are too dense to be scored against ground truth: over {MostEntries:N0} activations on the first {clip + 1} " +
                "clips. Score a sparser SAE, or a data set with fewer clips to choose on.");
        }
    }

    /// <summary>Adds weight × the feature to column values numbered by frames.</summary>
    public void AddTo(Span<float> columns, int feature, float weight)
    {
        var where = Units(feature);
        var what = Values(feature);
        for (var i = 0; i < where.Length; i++) columns[where[i]] += weight * what[i];
    }

    /// <summary>
    /// One feature at a level: its units where it is above 0, ascending, and its scores there; at every other unit it is 0. By frames those are
    /// the columns' units, which the lag moves only when they meet labels.
    /// </summary>
    /// <param name="level">What a unit is.</param>
    /// <param name="feature">The feature's number.</param>
    /// <param name="lag">In columns, for seconds.</param>
    /// <param name="targetUnits">Holds at least as many as there are.</param>
    /// <param name="targetValues">Likewise.</param>
    /// <returns>How many.</returns>
    public int At(TruthLevel level, int feature, int lag, Span<int> targetUnits, Span<float> targetValues)
    {
        var where = Units(feature);
        var what = Values(feature);
        if (level == TruthLevel.Frames)
        {
            where.CopyTo(targetUnits);
            what.CopyTo(targetValues);
            return where.Length;
        }
        var count = 0;
        var last = -1;
        var sum = 0.0;
        for (var i = 0; i < where.Length; i++)
        {
            var (clip, within) = Math.DivRem(where[i], layout.Stride);
            var unit = clip;
            if (level == TruthLevel.Seconds)
            {
                var frame = within - layout.Margin - lag;
                var second = Math.DivRem(frame, layout.SecondFrames).Quotient;
                if (frame < 0 || second >= layout.Seconds) continue;
                unit = clip * layout.Seconds + second;
            }
            if (unit != last) Close(targetUnits, targetValues);
            last = unit;
            sum += what[i];
        }
        Close(targetUnits, targetValues);
        return count;

        void Close(Span<int> intoUnits, Span<float> intoValues)
        {
            if (last >= 0)
            {
                var columns = level == TruthLevel.Clips ? layout.Columns - layout.FirstColumn + 1 : layout.ColumnsOfSecond(last % layout.Seconds, lag);
                intoUnits[count] = last;
                intoValues[count++] = (float)(sum / columns);
            }
            sum = 0;
        }
    }

    private void Grow(int feature, int more)
    {
        var needed = counts[feature] + more;
        if (units[feature] is { } there && there.Length >= needed) return;
        var size = Math.Max(64, Math.Max(needed, 2 * counts[feature]));
        Array.Resize(ref units[feature], size);
        Array.Resize(ref values[feature], size);
    }
}
