using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Scores;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Scores;

/// <summary>The clips that the labels of a feature are tested on.</summary>
internal static class TestedClips
{
    /// <summary>All of them: those of detection.safetensors, by kind.</summary>
    public static IReadOnlyList<DetectionClip> Of(FeatureSet set, int feature) =>
        set.Detection is { } detection ? [.. Enum.GetValues<DetectionKind>().SelectMany(kind => detection.Of(feature, kind))] : [];

    /// <summary>What each of some rows is for a feature; rows that are nothing to it now are left out. An index without tested clips gives people its examples.</summary>
    public static IReadOnlyList<DetectionClip> Find(FeatureSet set, int feature, IEnumerable<int> rows)
    {
        var known = new Dictionary<int, DetectionClip>();
        foreach (var clip in Of(set, feature)) known.TryAdd(clip.Row, clip);
        for (var group = 0; group < set.Index.ExampleGroups.Count; group++)
        {
            var kind = set.Index.ExampleGroups[group].Kind;
            foreach (var example in set.Index.Examples(feature, group))
            {
                // Random examples are drawn from all clips: one in which the feature fires is neither a positive nor a negative.
                if (kind == ExampleKind.Random && example.Value > 0) continue;
                var meaning = kind switch { ExampleKind.Interval => DetectionKind.Positive, ExampleKind.NearMiss => DetectionKind.NearMiss, _ => DetectionKind.Random };
                known.TryAdd(example.Row, new DetectionClip(meaning, example.Row, example.Value, example.Column));
            }
        }
        return [.. rows.Where(known.ContainsKey).Select(row => known[row])];
    }

    /// <summary>What a judge's scores of clips are worth, with the counts where there are too few.</summary>
    public static DetectionScore Score(IReadOnlyList<DetectionClip> clips, Func<DetectionClip, double?> judge)
    {
        var judged = clips.Select(clip => (clip.Kind, Score: judge(clip))).Where(clip => clip.Score is not null).ToList();
        return DetectionScorer.Counted([.. judged.Select(clip => clip.Kind)], [.. judged.Select(clip => clip.Score!.Value)]);
    }

    /// <summary>
    /// The clips on which a judge is wrong. One whose scores say yes or no is wrong by itself: above <paramref name="half"/> on a negative, below it on a positive. One that only
    /// ranks is wrong on a clip that it ranks wrongly against most of the other side.
    /// </summary>
    /// <param name="clips">The clips.</param>
    /// <param name="judge">What it says of each; null: nothing.</param>
    /// <param name="half">Between no and yes; null: it only ranks.</param>
    public static HashSet<int> Wrong(IReadOnlyList<DetectionClip> clips, Func<DetectionClip, double?> judge, double? half)
    {
        var judged = clips.Select(clip => (Clip: clip, IsPositive: clip.Kind == DetectionKind.Positive, Score: judge(clip))).Where(each => each.Score is not null).ToList();
        return [.. judged.Where(each => IsWrong(each.IsPositive, each.Score!.Value)).Select(each => each.Clip.Row)];

        bool IsWrong(bool positive, double score)
        {
            if (half is { } middle) return positive ? score < middle : score > middle;
            var (worse, better) = (0, 0);
            foreach (var other in judged)
            {
                if (other.IsPositive == positive) continue;
                var above = other.Score!.Value.CompareTo(score);
                if (positive ? above > 0 : above < 0) worse++;
                else if (above != 0) better++;
            }
            return worse > better;
        }
    }
}
