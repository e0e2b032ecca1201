namespace SaeDashboard.Sae.Features;

/// <summary>
/// For every feature the clips with its largest activations, and in each the feature's activations over the whole clip (the strip).
/// Strips are copied while the clip is at hand and dropped when a stronger clip takes the place, so no second pass is needed.
/// Order: maximum descending, then row ascending; the result does not depend on the order in which clips come.
/// </summary>
/// <param name="features">Number of features F.</param>
/// <param name="places">Clips kept a feature, T.</param>
internal sealed class TopClipCollector(int features, int places)
{
    private readonly TopClipCandidate[][] bestOf = CreateLists(features, places);
    private readonly int[] countOf = new int[features];

    /// <summary>The feature's clips, best first; fewer than T when it fired in fewer.</summary>
    public ReadOnlySpan<TopClipCandidate> Of(int feature) => bestOf[feature].AsSpan(0, countOf[feature]);

    /// <summary>Offers one clip (each row once) with its grouped latents. Columns before <paramref name="firstColumn"/> set no peak.</summary>
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
