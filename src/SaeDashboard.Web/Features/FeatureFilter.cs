using SaeDashboard.Core.Data;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Features;

/// <summary>Finds and orders the features that a query asks for.</summary>
public static class FeatureFilter
{
    private const double Percent = 100;

    /// <summary>The features, in order, on all pages.</summary>
    /// <param name="set">The SAE's features.</param>
    /// <param name="labels">The current label of each feature that has one. It never changes: its order is kept for the next query.</param>
    /// <param name="query">What is asked for; its page plays no part.</param>
    /// <param name="always">A feature that is included even if the query excludes it; null: none.</param>
    public static int[] Apply(FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, FeatureQuery query, int? always = null)
    {
        var index = set.Index;
        var words = query.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var number = Number(query.Text);
        var captioned = words.Length > 0 && set.Clips is { } clips ? CaptionsWith(clips.Clips, words) : null;
        var (least, most) = Range(query.MinDensity, query.MaxDensity);
        var (leastColumns, mostColumns) = Range(query.LeastColumns, query.MostColumns);
        var found = new List<int>(index.Count);
        for (var feature = 0; feature < index.Count; feature++)
        {
            if (feature == always || Fits(feature)) found.Add(feature);
        }
        var order = found.ToArray();
        Sort(order, set, labels, query);
        return order;

        bool Fits(int feature)
        {
            if (!query.All && index.Kept[feature] == 0) return false;
            var density = index.ClipDensity[feature] * Percent;
            if (density < least || density > most || set.Largest(feature) < query.MinMaximum) return false;
            var columns = index.ColumnDensity[feature] * Percent;
            if (columns < leastColumns || columns > mostColumns) return false;
            var label = labels.GetValueOrDefault(feature);
            if (query.Label == LabelFilter.Labelled && label is null || query.Label == LabelFilter.Unlabelled && label is not null) return false;
            return words.Length == 0 || feature == number || (label is not null && Contains(label.Text, words)) || MostCaptions(set, feature, captioned);
        }
    }

    /// <summary>"50 to 10" is the range from 10 to 50.</summary>
    private static (double? Least, double? Most) Range(double? least, double? most) => least > most ? (most, least) : (least, most);

    /// <summary>"1337" and "#1337" find the feature of that number.</summary>
    private static int? Number(string text) =>
        int.TryParse(text.AsSpan().TrimStart('#'), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool Contains(string text, string[] words) => words.All(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static bool[] CaptionsWith(IReadOnlyList<Clip> clips, string[] words)
    {
        var with = new bool[clips.Count];
        for (var row = 0; row < with.Length; row++) with[row] = Contains(clips[row].Caption, words);
        return with;
    }

    /// <summary>At least half of the strongest clips: one caption in twelve names nearly anything.</summary>
    private static bool MostCaptions(FeatureSet set, int feature, bool[]? captioned)
    {
        if (captioned is null) return false;
        var top = set.Index.TopClips(feature);
        return top.Count > 0 && 2 * top.Count(clip => (uint)clip.Row < (uint)captioned.Length && captioned[clip.Row]) >= top.Count;
    }

    private static void Sort(int[] order, FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, FeatureQuery query)
    {
        var index = set.Index;
        if (query.Sort == FeatureSort.Label)
        {
            SortByLabel(order, set.OrderOf(labels).Ranks, query.Ascending);
            return;
        }
        var keys = new double[index.Count];
        foreach (var feature in order)
        {
            keys[feature] = query.Sort switch
            {
                FeatureSort.Agreement => set.Agreement(feature),
                FeatureSort.Density => index.ClipDensity[feature],
                FeatureSort.Maximum => set.Largest(feature),
                FeatureSort.P99 => index.P99[feature],
                FeatureSort.Stars => labels.GetValueOrDefault(feature)?.Stars ?? 0,
                FeatureSort.Index => feature,
                _ => throw new ArgumentOutOfRangeException(nameof(query), query.Sort, "No such order."),
            };
        }
        var direction = query.Ascending ? 1 : -1;
        Array.Sort(order, (a, b) => keys[a] != keys[b] ? direction * keys[a].CompareTo(keys[b]) : a.CompareTo(b));
    }

    private static void SortByLabel(int[] order, int[] ranks, bool ascending)
    {
        // Features without a label come last in either direction, equal labels by the feature's number.
        var keys = Array.ConvertAll(order, feature => (long)(ranks[feature] < 0 ? int.MaxValue : ascending ? ranks[feature] : int.MaxValue - 1 - ranks[feature]) << 32 | (uint)feature);
        Array.Sort(keys, order);
    }
}

/// <summary>
/// The order of an SAE's labels, capitals and small letters alike. Sorting 32,768 texts takes longer than all the rest of a list, so the order
/// of labels that have not changed is taken from the one before.
/// </summary>
internal sealed class LabelOrder
{
    private readonly List<Entry> sorted;

    /// <param name="labels">The labels by feature; they never change.</param>
    /// <param name="features">How many features the SAE has. Labels of others, which a file may bring, have no place.</param>
    /// <param name="before">The order of earlier labels; null: there is none.</param>
    public LabelOrder(IReadOnlyDictionary<int, CurrentLabel> labels, int features, LabelOrder? before)
    {
        Labels = labels;
        Ranks = new int[features];
        Array.Fill(Ranks, -1);
        var kept = new List<Entry>(labels.Count);
        foreach (var entry in before?.sorted ?? [])
        {
            if (!ReferenceEquals(labels.GetValueOrDefault(entry.Feature), entry.Label)) continue;
            kept.Add(entry);
            Ranks[entry.Feature] = 0;
        }
        var changed = labels.Where(pair => pair.Key < features && Ranks[pair.Key] < 0).Select(pair => new Entry(pair.Value.Text.ToUpperInvariant(), pair.Key, pair.Value)).ToList();
        changed.Sort((one, other) => string.CompareOrdinal(one.Text, other.Text));
        sorted = Merge(kept, changed);
        var rank = 0;
        for (var place = 0; place < sorted.Count; place++)
        {
            if (place > 0 && sorted[place].Text != sorted[place - 1].Text) rank++;
            Ranks[sorted[place].Feature] = rank;
        }
    }

    /// <summary>The labels that it orders.</summary>
    public IReadOnlyDictionary<int, CurrentLabel> Labels { get; }

    /// <summary>The place of each feature's label among the labels, equal ones sharing a place; −1: it has none.</summary>
    public int[] Ranks { get; }

    private static List<Entry> Merge(List<Entry> kept, List<Entry> changed)
    {
        if (changed.Count == 0) return kept;
        var merged = new List<Entry>(kept.Count + changed.Count);
        var next = 0;
        foreach (var entry in kept)
        {
            while (next < changed.Count && string.CompareOrdinal(changed[next].Text, entry.Text) < 0) merged.Add(changed[next++]);
            merged.Add(entry);
        }
        while (next < changed.Count) merged.Add(changed[next++]);
        return merged;
    }

    private readonly record struct Entry(string Text, int Feature, CurrentLabel Label);
}
