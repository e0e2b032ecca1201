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
/// The clips that a label is tried on: some of each interval of the activation, some drawn at random, and near misses. Labels are made from the top
/// clips, and none of these is ever among them.
/// </summary>
public static class HeldOutClips
{
    // Two of each of the four intervals, two at random, three near misses: 13 votes, each heard for two seconds or three.
    private const int PerInterval = 2, AtRandom = 2, NearMisses = 3;

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
        for (var group = 0; group < set.Index.ExampleGroups.Count; group++)
        {
            var kind = set.Index.ExampleGroups[group].Kind;
            var places = kind switch
            {
                ExampleKind.Interval => PerInterval,
                ExampleKind.Random => AtRandom,
                _ => NearMisses,
            };
            // The clips are drawn by queue and feature alone, so that all who judge an item vote on the same ones.
            foreach (var example in set.Index.Examples(feature, group).OrderBy(example => Draw(queue, feature, "", example.Row)).ThenBy(example => example.Row))
            {
                if (places == 0) break;
                if (!taken.Add(example.Row)) continue;
                places--;
                clips.Add(new HeldOutClip(example.Row, kind, example.Value, PlayFrom(set, example, queue, feature)));
            }
        }
        return [.. clips.OrderBy(clip => Draw(queue, feature, user, clip.Row)).ThenBy(clip => clip.Row)];
    }

    /// <summary>The rows of the clips that labels of a feature are made from.</summary>
    public static HashSet<int> LabelledFrom(FeatureSet set, int feature) => [.. set.Index.TopClips(feature).Select(clip => clip.Row)];

    private static double PlayFrom(FeatureSet set, ExampleClip example, string queue, int feature)
    {
        var last = Math.Max(0, (set.Clip(example.Row)?.Seconds ?? 0) - 2);
        var from = example.Value > 0 ? set.Seconds(example.Column) - Lead : Draw(queue, feature, "from", example.Row) / (double)ulong.MaxValue * last;
        return Math.Round(Math.Clamp(from, 0, last), 2);
    }

    private static ulong Draw(string queue, int feature, string user, int row) => XxHash64.HashToUInt64(MemoryMarshal.AsBytes(FormattableString.Invariant($"{queue}|{feature}|{user}|{row}").AsSpan()));
}
