namespace SaeDashboard.Sae.Features.Measures;

/// <summary>
/// The positive activations of all features over the measured columns of many clips, by feature, 8 bytes each. Beyond its budget it keeps a
/// part of the clips, drawn by their rows: the choice does not depend on the order of the clips.
/// </summary>
/// <param name="features">Number of features F.</param>
/// <param name="firstColumn">First measured column.</param>
/// <param name="gap">Unused units after each clip, so that a lag up to it never reaches another clip.</param>
/// <param name="budget">What is kept at most.</param>
internal sealed class FiringStore(int features, int firstColumn, int gap, FiringBudget budget)
{
    private readonly int[]?[] units = new int[features][];
    private readonly float[]?[] values = new float[features][];
    private readonly int[] counts = new int[features];
    private readonly List<FiringClip> clips = [];
    private ulong threshold = ulong.MaxValue;
    private long entries, pairs;

    public int Features => counts.Length;

    public int FirstColumn => firstColumn;

    /// <summary>The kept clips. Column p of a clip is unit <see cref="FiringClip.Start"/> + p − <see cref="FirstColumn"/>.</summary>
    public IReadOnlyList<FiringClip> Clips => clips;

    /// <summary>Units, with the gaps.</summary>
    public int UnitCount => clips is [.., var last] ? last.Start + last.Columns + gap : 0;

    /// <summary>Measured columns of the kept clips.</summary>
    public long Columns => clips.Sum(clip => (long)clip.Columns);

    /// <summary>Ascending units at which the feature fires.</summary>
    public ReadOnlySpan<int> Units(int feature) => units[feature].AsSpan(0, counts[feature]);

    /// <summary>The activations at <see cref="Units"/>.</summary>
    public ReadOnlySpan<float> Values(int feature) => values[feature].AsSpan(0, counts[feature]);

    /// <summary>Whether the clip of this row may still be kept: false is final.</summary>
    public bool Wants(int row) => Hash.Of(row) <= threshold;

    /// <summary>Adds a clip (each row once) of columns 1..<paramref name="columns"/>.</summary>
    public void Add(ClipLatents latents, int row, int columns)
    {
        var measured = columns - firstColumn + 1;
        if (measured < 1 || !Wants(row)) return;
        var start = UnitCount;
        var active = new int[measured];
        foreach (var feature in latents.Fired) Append(latents, feature, start, active);
        var clip = new FiringClip(row, start, measured, active.Sum(count => (long)count), active.Sum(count => (long)count * count));
        clips.Add(clip);
        entries += clip.Entries;
        pairs += clip.Pairs;
        while ((entries > budget.Entries || pairs > budget.Pairs || clips.Count > budget.Clips) && clips.Count > 1) Thin();
    }

    /// <summary>The same by unit: the features that fire at unit u are <c>Features[Starts[u]..Starts[u + 1]]</c>, ascending.</summary>
    public (int[] Starts, int[] Features) ByUnit()
    {
        var starts = new int[UnitCount + 1];
        for (var feature = 0; feature < counts.Length; feature++)
            foreach (var unit in Units(feature)) starts[unit + 1]++;
        for (var unit = 0; unit < UnitCount; unit++) starts[unit + 1] += starts[unit];
        var next = starts.AsSpan(0, starts.Length - 1).ToArray();
        var all = new int[starts[^1]];
        for (var feature = 0; feature < counts.Length; feature++)
            foreach (var unit in Units(feature)) all[next[unit]++] = feature;
        return (starts, all);
    }

    /// <summary>The place of each unit's clip in <see cref="Clips"/>; −1 in gaps.</summary>
    public int[] ClipOfUnit()
    {
        var clipOf = new int[UnitCount];
        Array.Fill(clipOf, -1);
        for (var clip = 0; clip < clips.Count; clip++) clipOf.AsSpan(clips[clip].Start, clips[clip].Columns).Fill(clip);
        return clipOf;
    }

    private void Append(ClipLatents latents, int feature, int start, int[] active)
    {
        var columns = latents.Columns(feature);
        var activations = latents.Values(feature);
        var skipped = 0;
        while (skipped < columns.Length && columns[skipped] < firstColumn) skipped++;
        var count = columns.Length - skipped;
        if (count == 0) return;
        Grow(feature, count);
        for (var i = 0; i < count; i++)
        {
            var at = columns[skipped + i] - firstColumn;
            units[feature]![counts[feature] + i] = start + at;
            active[at]++;
        }
        activations[skipped..].CopyTo(values[feature].AsSpan(counts[feature]));
        counts[feature] += count;
    }

    private void Grow(int feature, int more)
    {
        var needed = counts[feature] + more;
        if (units[feature] is { } there && there.Length >= needed) return;
        var size = Math.Max(16, Math.Max(needed, counts[feature] + counts[feature] / 2));
        Array.Resize(ref units[feature], size);
        Array.Resize(ref values[feature], size);
    }

    private void Thin()
    {
        threshold /= 2;
        var before = clips.ToArray();
        // A unit moves with its clip; −1: the clip goes.
        var shift = new int[before.Length];
        clips.Clear();
        (entries, pairs) = (0, 0);
        for (var clip = 0; clip < before.Length; clip++)
        {
            if (Wants(before[clip].Row) || (clip == before.Length - 1 && clips.Count == 0))
            {
                var start = UnitCount;
                shift[clip] = before[clip].Start - start;
                clips.Add(before[clip] with { Start = start });
                entries += before[clip].Entries;
                pairs += before[clip].Pairs;
            }
            else
            {
                shift[clip] = -1;
            }
        }
        for (var feature = 0; feature < counts.Length; feature++) Compact(feature, before, shift);
    }

    private void Compact(int feature, FiringClip[] before, int[] shift)
    {
        var (kept, clip) = (0, 0);
        for (var i = 0; i < counts[feature]; i++)
        {
            var unit = units[feature]![i];
            while (unit >= before[clip].Start + before[clip].Columns) clip++;
            if (shift[clip] < 0) continue;
            units[feature]![kept] = unit - shift[clip];
            values[feature]![kept++] = values[feature]![i];
        }
        counts[feature] = kept;
    }
}

/// <summary>What a <see cref="FiringStore"/> keeps at most.</summary>
/// <param name="Entries">Activations, 8 bytes each.</param>
/// <param name="Pairs">Σ (features active in a column)²: the steps that co-firing takes.</param>
/// <param name="Clips">Clips.</param>
public readonly record struct FiringBudget(long Entries, long Pairs, int Clips = int.MaxValue);

/// <summary>A clip of a <see cref="FiringStore"/>.</summary>
/// <param name="Row">Its row in the dataset.</param>
/// <param name="Start">The unit of its first measured column.</param>
/// <param name="Columns">Its measured columns.</param>
/// <param name="Entries">Its activations.</param>
/// <param name="Pairs">Σ (features active in a column)².</param>
internal readonly record struct FiringClip(int Row, int Start, int Columns, long Entries, long Pairs);
