using SaeDashboard.Core.Features;

namespace SaeDashboard.Labelling.Scores;

/// <summary>Says how well labels fit clips: captions, a language model, people.</summary>
public interface ILabelJudge
{
    /// <summary>A score of each clip, larger where the label fits better; null: this judge cannot judge this label.</summary>
    /// <param name="label">The label.</param>
    /// <param name="clips">The clips.</param>
    double[]? Judge(string label, IReadOnlyList<DetectionClip> clips);
}

/// <summary>
/// The detection score of labels: how well a judge who has only the label tells the clips in which the feature fires from random ones and from near
/// misses, on clips that the label was not made from. The same for labels that were exchanged between features is the floor: it shows what a
/// label scores that is about something else.
/// </summary>
/// <param name="clips">The clips to test on.</param>
/// <param name="judge">Who judges.</param>
public sealed class DetectionScorer(DetectionClips clips, ILabelJudge judge)
{
    /// <summary>Clips of a kind without which there is no score.</summary>
    public const int FewestClips = 5;

    /// <summary>The score of a label of a feature; null: the judge cannot judge it, or too few clips fire.</summary>
    public DetectionScore? Score(int feature, string label)
    {
        var tested = Enum.GetValues<DetectionKind>().SelectMany(kind => clips.Of(feature, kind)).ToList();
        return judge.Judge(label, tested) is { } scores ? Of([.. tested.Select(clip => clip.Kind)], scores) : null;
    }

    /// <summary>The score for what a judge said of each clip, in the same order; null: too few clips fire.</summary>
    /// <param name="kinds">What each clip is.</param>
    /// <param name="scores">How well the label fits each.</param>
    public static DetectionScore? Of(IReadOnlyList<DetectionKind> kinds, IReadOnlyList<double> scores)
    {
        var score = Counted(kinds, scores);
        return score.Positives < FewestClips ? null : score;
    }

    /// <summary>The same, with the counts where there are too few clips for a score: an AUROC takes <see cref="FewestClips"/> of both its kinds.</summary>
    /// <param name="kinds">What each clip is.</param>
    /// <param name="scores">How well the label fits each.</param>
    public static DetectionScore Counted(IReadOnlyList<DetectionKind> kinds, IReadOnlyList<double> scores)
    {
        if (kinds.Count != scores.Count) throw new ArgumentException($"There are {scores.Count} scores for {kinds.Count} clips.", nameof(scores));
        double[] Scores(DetectionKind kind) => [.. scores.Where((_, at) => kinds[at] == kind)];
        var (positives, randoms, nearMisses) = (Scores(DetectionKind.Positive), Scores(DetectionKind.Random), Scores(DetectionKind.NearMiss));
        return new DetectionScore(Enough(randoms) ? Auroc.Of(positives, randoms) : null, Enough(nearMisses) ? Auroc.Of(positives, nearMisses) : null, positives.Length, randoms.Length, nearMisses.Length);

        bool Enough(double[] negatives) => positives.Length >= FewestClips && negatives.Length >= FewestClips;
    }

    /// <summary>The mean score of labels that were exchanged: each feature is scored with the label of another one that has another text.</summary>
    /// <param name="labels">The labels by feature.</param>
    /// <param name="seed">Decides the exchange.</param>
    public DetectionScore Floor(IReadOnlyDictionary<int, string> labels, int seed = 0)
    {
        var scores = new List<DetectionScore>();
        foreach (var (feature, label) in Exchanged(labels, seed))
        {
            if (Score(feature, label) is { } score) scores.Add(score);
        }
        return Mean(scores);
    }

    /// <summary>Labels exchanged between features: each feature, in a drawn order, with the label of the next one in it that has another text. Features without such a one are left out.</summary>
    /// <param name="labels">The labels by feature.</param>
    /// <param name="seed">Decides the exchange.</param>
    public static IEnumerable<(int Feature, string Label)> Exchanged(IReadOnlyDictionary<int, string> labels, int seed = 0)
    {
        var order = labels.Keys.Order().OrderBy(feature => Draw(feature, seed)).ThenBy(feature => feature).ToArray();
        for (var i = 0; i < order.Length; i++)
        {
            for (var step = 1; step < order.Length; step++)
            {
                var label = labels[order[(i + step) % order.Length]];
                if (label == labels[order[i]]) continue;
                yield return (order[i], label);
                break;
            }
        }
    }

    /// <summary>The mean of each kind over the features that have it; the counts are the features'.</summary>
    public static DetectionScore Mean(IReadOnlyCollection<DetectionScore> scores)
    {
        var random = scores.Select(score => score.Random).OfType<double>().ToArray();
        var near = scores.Select(score => score.NearMiss).OfType<double>().ToArray();
        return new DetectionScore(random.Length == 0 ? null : random.Average(), near.Length == 0 ? null : near.Average(), scores.Count, random.Length, near.Length);
    }

    private static ulong Draw(int feature, int seed)
    {
        var value = ((ulong)(uint)seed << 32 | (uint)feature) + 0x9E3779B97F4A7C15UL;
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ value >> 27) * 0x94D049BB133111EBUL;
        return value ^ value >> 31;
    }
}
