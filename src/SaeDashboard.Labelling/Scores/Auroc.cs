namespace SaeDashboard.Labelling.Scores;

/// <summary>Area under the ROC curve.</summary>
public static class Auroc
{
    /// <summary>The share of pairs in which the positive has the larger score; equal scores count half. ½ is chance. Null: a side is empty.</summary>
    public static double? Of(ReadOnlySpan<double> positives, ReadOnlySpan<double> negatives)
    {
        if (positives.IsEmpty || negatives.IsEmpty) return null;
        // Ranks of the pooled scores, equal ones with their mean rank (Mann–Whitney U).
        var pooled = new (double Score, bool Positive)[positives.Length + negatives.Length];
        for (var i = 0; i < positives.Length; i++) pooled[i] = (positives[i], true);
        for (var i = 0; i < negatives.Length; i++) pooled[positives.Length + i] = (negatives[i], false);
        Array.Sort(pooled, (one, other) => one.Score.CompareTo(other.Score));
        var ranks = 0.0;
        for (var from = 0; from < pooled.Length;)
        {
            var to = from;
            while (to < pooled.Length && pooled[to].Score.Equals(pooled[from].Score)) to++;
            var rank = (from + 1 + to) / 2.0;
            for (var i = from; i < to; i++) ranks += pooled[i].Positive ? rank : 0;
            from = to;
        }
        return (ranks - positives.Length * (positives.Length + 1) / 2.0) / ((double)positives.Length * negatives.Length);
    }
}
