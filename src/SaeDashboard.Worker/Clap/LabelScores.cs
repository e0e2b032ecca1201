namespace SaeDashboard.Worker.Clap;

/// <summary>How near a label's text is to its feature's excerpts.</summary>
/// <param name="Revision">The label.</param>
/// <param name="IsCurrent">Whether it is its feature's latest revision.</param>
/// <param name="Excerpts">Excerpts of the feature.</param>
/// <param name="Cosine">The mean cosine with them.</param>
/// <param name="Floor">The same with other features' excerpts: the mean over the permutations; null: there is no other feature.</param>
internal sealed record LabelScore(LabelRevision Revision, bool IsCurrent, int Excerpts, double Cosine, double? Floor);

/// <summary>The current labels together.</summary>
/// <param name="Labels">Labels that were scored.</param>
/// <param name="Cosine">The mean of their cosines.</param>
/// <param name="Floor">The mean when labels are permuted between features, over the permutations; null: fewer than two features.</param>
/// <param name="FloorLow">The 2.5th percentile over the permutations.</param>
/// <param name="FloorHigh">The 97.5th percentile.</param>
/// <param name="AboveFloor">Share of the labels whose cosine is above their own floor.</param>
internal sealed record LabelScoreSummary(int Labels, double Cosine, double? Floor, double? FloorLow, double? FloorHigh, double? AboveFloor);

/// <summary>
/// CLAP scores of labels, and their floor: the same labels, permuted between the features, so that no feature keeps its own. What a label has
/// above the floor is what its text says about this feature rather than about music in general.
/// </summary>
internal static class LabelScoring
{
    /// <param name="revisions">Labels by feature and time.</param>
    /// <param name="texts">The embedding of each text; labels without one are not scored.</param>
    /// <param name="excerpts">The embeddings of each feature's excerpts; features without one are not scored.</param>
    /// <param name="permutations">How many permutations.</param>
    /// <param name="seed">Decides them.</param>
    public static (IReadOnlyList<LabelScore> Scores, LabelScoreSummary Summary) Score(
        IReadOnlyList<LabelRevision> revisions, IReadOnlyDictionary<string, float[]> texts, IReadOnlyDictionary<int, MeanDirection> excerpts, int permutations, int seed)
    {
        var scored = revisions.Where(revision => texts.ContainsKey(revision.Text) && excerpts.ContainsKey(revision.Feature)).ToArray();
        var current = revisions.GroupBy(revision => revision.Feature).Select(group => group.Last()).ToHashSet(ReferenceEqualityComparer.Instance);
        var features = scored.Select(revision => revision.Feature).Distinct().ToArray();
        var floors = new double[scored.Length];
        var means = new List<double>();
        var random = new Random(seed);
        for (var round = 0; features.Length > 1 && round < permutations; round++)
        {
            var other = features.Zip(WithoutFixedPoint(features, random)).ToDictionary(pair => pair.First, pair => pair.Second);
            var (sum, count) = (0.0, 0);
            for (var index = 0; index < scored.Length; index++)
            {
                var cosine = excerpts[other[scored[index].Feature]].Cosine(texts[scored[index].Text]);
                floors[index] += cosine / permutations;
                if (!current.Contains(scored[index])) continue;
                sum += cosine;
                count++;
            }
            if (count > 0) means.Add(sum / count);
        }
        var hasFloor = features.Length > 1;
        LabelScore[] scores = [.. scored.Select((revision, index) => new LabelScore(revision, current.Contains(revision), excerpts[revision.Feature].Count,
            excerpts[revision.Feature].Cosine(texts[revision.Text]), hasFloor ? floors[index] : null))];
        return (scores, Summarize([.. scores.Where(score => score.IsCurrent)], means));
    }

    /// <summary>The features in another order, in which none has its own place: one cycle, all of them equally likely (Sattolo, 1986).</summary>
    internal static int[] WithoutFixedPoint(int[] features, Random random)
    {
        var order = (int[])features.Clone();
        for (var last = order.Length - 1; last > 0; last--)
        {
            var other = random.Next(last);
            (order[last], order[other]) = (order[other], order[last]);
        }
        return order;
    }

    private static LabelScoreSummary Summarize(LabelScore[] current, List<double> means)
    {
        if (current.Length == 0) return new LabelScoreSummary(0, 0, null, null, null, null);
        var mean = current.Average(score => score.Cosine);
        if (means.Count == 0) return new LabelScoreSummary(current.Length, mean, null, null, null, null);
        means.Sort();
        return new LabelScoreSummary(current.Length, mean, means.Average(), Percentile(0.025), Percentile(0.975), current.Average(score => score.Cosine > score.Floor ? 1.0 : 0));

        double Percentile(double share) => means[(int)Math.Round(share * (means.Count - 1))];
    }
}
