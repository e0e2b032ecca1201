namespace SaeDashboard.Sae.Features;

/// <summary>
/// For every feature the clips with its largest activations, each with the feature's activations over the whole clip (the strip). A strip
/// is copied when its clip is read and dropped when a stronger clip replaces it, so one pass is enough. Sorted by maximum descending, then
/// row ascending; the result does not depend on the order of the clips.
/// </summary>
/// <param name="features">Number of features F.</param>
/// <param name="places">Clips per feature, T.</param>
internal sealed class TopClipCollector(int features, int places)
{
    private readonly TopClipCandidate[][] bestOf = CreateLists(features, places);
    private readonly int[] countOf = new int[features];

    /// <summary>The feature's clips, best first; fewer than T when it fired in fewer.</summary>
    public ReadOnlySpan<TopClipCandidate> Of(int feature) => bestOf[feature].AsSpan(0, countOf[feature]);

    /// <summary>
    /// Adds a clip (each row once) with its grouped latents if it is strong enough. Columns before <paramref name="firstColumn"/> cannot be
    /// the peak.
    /// </summary>
    public void Offer(ClipLatents latents, int row, int firstColumn)
    {
        foreach (var feature in latents.Fired)
        {
            var columns = latents.Columns(feature);
            var values = latents.Values(feature);
            var peak = -1;
            for (var i = 0; i < columns.Length; i++)
            {
                if (columns[i] >= firstColumn && (peak < 0 || values[i] > values[peak]))
                    peak = i;
            }

            if (peak >= 0)
                Offer(feature, row, columns, values, peak);
        }
    }

    private void Offer(int feature, int row, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, int peak)
    {
        var best = bestOf[feature];
        var count = countOf[feature];
        if (count == places && !Before(values[peak], row, best[count - 1]))
            return;
        var place = count < places ? count : count - 1;
        while (place > 0 && Before(values[peak], row, best[place - 1]))
        {
            best[place] = best[place - 1];
            place--;
        }

        best[place] = new TopClipCandidate(row, values[peak], columns[peak], columns.ToArray(), values.ToArray());
        countOf[feature] = Math.Min(places, count + 1);
    }

    private static bool Before(float value, int row, TopClipCandidate other) =>
        value > other.Value || (value == other.Value && row < other.Row);

    private static TopClipCandidate[][] CreateLists(int features, int places)
    {
        var lists = new TopClipCandidate[features][];
        for (var feature = 0; feature < features; feature++)
            lists[feature] = new TopClipCandidate[places];
        return lists;
    }
}

/// <summary>One of a feature's strongest clips.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Value">The feature's maximum over columns 4..F.</param>
/// <param name="Column">The first column with this value.</param>
/// <param name="StripColumns">Ascending columns (1..F) at which the feature fires.</param>
/// <param name="StripValues">The activations there.</param>
internal sealed record TopClipCandidate(int Row, float Value, int Column, int[] StripColumns, float[] StripValues);
