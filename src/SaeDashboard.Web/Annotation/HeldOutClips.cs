using System.IO.Hashing;
using System.Runtime.InteropServices;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Annotation;

/// <summary>A clip that a person votes on.</summary>
/// <param name="Row">Its row in the dataset.</param>
/// <param name="Kind">Why it is there. Not shown before the vote.</param>
/// <param name="Activation">The feature's largest activation in it; 0: it does not fire.</param>
/// <param name="PlayFrom">Where listening begins, in seconds: shortly before the peak, or at a place drawn at random where there is none, so that the place says nothing.</param>
public sealed record HeldOutClip(int Row, ExampleKind Kind, float Activation, double PlayFrom);

/// <summary>
/// The clips that a label is tried on: some in which the feature fires, weakly to strongly, some drawn at random, and near misses. They are those of
/// detection.safetensors, so a person's answers compare with a machine's on the same clips and no suggestion was made from any of them. A feature
/// without such clips has the index's examples instead. Those that labels are made from are never among them.
/// </summary>
public static class HeldOutClips
{
    // 15 votes, each heard for two seconds or three: five of each kind are the fewest that a score is made of. Examples: two of each of the four intervals.
    private const int Firing = 5, PerInterval = 2, AtRandom = 5, NearMisses = 5;

    // Listening begins so long before the peak.
    private const double Lead = 0.5;

    /// <summary>The clips of an item in the order in which a person gets them. The same each time; another order for every person, and other clips for every queue.</summary>
    /// <param name="set">The SAE's features.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="queue">The queue's id.</param>
    /// <param name="user">The person's id.</param>
    public static IReadOnlyList<HeldOutClip> Of(FeatureSet set, int feature, string queue, string user)
    {
        var taken = LabelledFrom(set, feature);
        var clips = new List<HeldOutClip>();
        foreach (var (kind, most, candidates) in Groups(set, feature))
        {
            // The clips are drawn by queue and feature alone, so that all who judge an item vote on the same ones.
            foreach (var clip in candidates.OrderBy(clip => Draw(queue, feature, "", clip.Row)).ThenBy(clip => clip.Row).Where(clip => taken.Add(clip.Row)).Take(most))
                clips.Add(new HeldOutClip(clip.Row, kind, clip.Value, PlayFrom(set, clip, queue, feature)));
        }
        return [.. clips.OrderBy(clip => Draw(queue, feature, user, clip.Row)).ThenBy(clip => clip.Row)];
    }

    /// <summary>The rows of the clips that labels of a feature are made from: its top clips, which people hear, and those that suggestions are made from.</summary>
    public static HashSet<int> LabelledFrom(FeatureSet set, int feature)
    {
        var rows = set.Index.TopClips(feature).Select(clip => clip.Row).ToHashSet();
        if (set.Detection is { } detection)
        {
            rows.UnionWith(detection.LabelFiring(feature));
            rows.UnionWith(detection.LabelNearMisses(feature));
        }
        return rows;
    }

    /// <summary>What a clip that was voted on is for the feature, and its activation there; null: it is none of the clips that there are now.</summary>
    public static (ExampleKind Kind, float Activation)? Find(FeatureSet set, int feature, int row)
    {
        foreach (var (kind, _, candidates) in Groups(set, feature).Concat(ExamplesOf(set, feature)))
            foreach (var clip in candidates)
                if (clip.Row == row) return (kind, clip.Value);
        return null;
    }

    /// <summary>The clips that can be voted on, by kind, and how many of each group are.</summary>
    private static IEnumerable<(ExampleKind Kind, int Most, IReadOnlyList<ExampleClip> Clips)> Groups(FeatureSet set, int feature)
    {
        if (set.Detection is not { } detection || detection.Of(feature, DetectionKind.Positive).Count == 0) return ExamplesOf(set, feature);
        // A feature that fires a little in every clip has no silent ones; the index drew its random clips from all, and no suggestion is made from them.
        var random = Tested(DetectionKind.Random) is { Count: > 0 } silent ? silent : [.. ExamplesOf(set, feature).Where(group => group.Kind == ExampleKind.Random).SelectMany(group => group.Clips)];
        return [(ExampleKind.Interval, Firing, Tested(DetectionKind.Positive)), (ExampleKind.Random, AtRandom, random), (ExampleKind.NearMiss, NearMisses, Tested(DetectionKind.NearMiss))];

        // A damaged file may name a clip that the dataset lacks.
        IReadOnlyList<ExampleClip> Tested(DetectionKind kind) =>
            [.. detection.Of(feature, kind).Where(clip => set.Clips is null || set.Clip(clip.Row) is not null).Select(clip => new ExampleClip(-1, clip.Row, clip.Value, clip.Column))];
    }

    private static IEnumerable<(ExampleKind Kind, int Most, IReadOnlyList<ExampleClip> Clips)> ExamplesOf(FeatureSet set, int feature) => set.Index.ExampleGroups.Select((group, number) => (group.Kind, group.Kind switch
    {
        ExampleKind.Interval => PerInterval,
        ExampleKind.Random => AtRandom,
        _ => NearMisses,
    }, set.Index.Examples(feature, number)));

    private static double PlayFrom(FeatureSet set, ExampleClip example, string queue, int feature)
    {
        var last = Math.Max(0, (set.Clip(example.Row)?.Seconds ?? 0) - 2);
        var from = example.Value > 0 ? set.Seconds(example.Column) - Lead : Draw(queue, feature, "from", example.Row) / (double)ulong.MaxValue * last;
        return Math.Round(Math.Clamp(from, 0, last), 2);
    }

    private static ulong Draw(string queue, int feature, string user, int row) => XxHash64.HashToUInt64(MemoryMarshal.AsBytes(FormattableString.Invariant($"{queue}|{feature}|{user}|{row}").AsSpan()));
}
