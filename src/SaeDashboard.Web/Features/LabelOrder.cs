using SaeDashboard.Storage;

namespace SaeDashboard.Web.Features;

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
