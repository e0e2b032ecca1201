using SaeDashboard.Core.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// Chooses what a feature is doubted with: clips of weaker activation, clips drawn at random, and clips near to its top clips in which it
/// never fires. A label that fits the top clips alone does not fit these.
/// </summary>
internal static class ExampleFinder
{
    // Features whose nearest clips are looked for in one product.
    private const int Block = 1024;

    /// <summary>Four intervals of the largest activation, the strongest first; random clips; near misses.</summary>
    public static IReadOnlyList<ExampleGroup> Groups { get; } =
    [
        new(ExampleKind.Interval, 4, 0.75, 1), new(ExampleKind.Interval, 4, 0.5, 0.75), new(ExampleKind.Interval, 4, 0.25, 0.5), new(ExampleKind.Interval, 4, 0, 0.25),
        new(ExampleKind.Random, 4), new(ExampleKind.NearMiss, 4),
    ];

    /// <summary>Chooses the examples of all features.</summary>
    /// <param name="archive">The clips.</param>
    /// <param name="topClips">Their top clips, which are shown already and are not drawn for an interval.</param>
    /// <param name="features">Number of features F.</param>
    public static FeatureExampleData Find(ClipArchive archive, TopClipCollector topClips, int features)
    {
        var clips = archive.Clips;
        var firing = FiringClips.Of(clips, features);
        var nearest = new NearMisses(clips, topClips, firing, features);
        var places = Groups.Sum(group => group.Places);
        var data = new FeatureExampleData
        {
            Groups = Groups, Clip = new int[features * places], Value = new float[features * places], Column = new int[features * places], Strips = new StripEncoder(),
        };
        Array.Fill(data.Clip, -1);
        for (var feature = 0; feature < features; feature++)
        {
            var at = feature * places;
            var top = topClips.Of(feature);
            var shown = new HashSet<int>();
            foreach (var clip in top) shown.Add(clip.Row);
            for (var group = 0; group < Groups.Count; group++)
            {
                var chosen = top.Length == 0 ? [] : Groups[group].Kind switch
                {
                    ExampleKind.Interval => Interval(Groups[group], firing.Of(feature), clips, feature, top[0].Value, shown),
                    ExampleKind.Random => AtRandom(Groups[group].Places, firing.Of(feature), clips, feature, group),
                    _ => nearest.Of(feature, Groups[group].Places),
                };
                Put(data, at, chosen, clips);
                for (var place = chosen.Count; place < Groups[group].Places; place++) data.Strips.AppendEmpty();
                at += Groups[group].Places;
            }
        }
        return data;
    }

    /// <summary>The clips of the interval, drawn at random, strongest first.</summary>
    private static List<Firing> Interval(ExampleGroup group, ReadOnlySpan<Firing> firing, IReadOnlyList<ArchivedClip> clips, int feature, float largest, HashSet<int> shown)
    {
        var inside = new List<(ulong Draw, Firing Clip)>();
        foreach (var each in firing)
        {
            var value = clips[each.Clip].Peaks[each.Place].Value;
            if (value > group.Above * largest && value <= group.UpTo * largest && !shown.Contains(clips[each.Clip].Row)) inside.Add((Hash.Of(clips[each.Clip].Row, feature), each));
        }
        return [.. inside.OrderBy(each => each.Draw).Take(group.Places).Select(each => each.Clip).OrderByDescending(each => clips[each.Clip].Peaks[each.Place].Value)];
    }

    private static List<Firing> AtRandom(int places, ReadOnlySpan<Firing> firing, IReadOnlyList<ArchivedClip> clips, int feature, int salt)
    {
        var drawn = new PriorityQueue<int, ulong>(Comparer<ulong>.Create((one, other) => other.CompareTo(one)));
        for (var clip = 0; clip < clips.Count; clip++)
        {
            drawn.Enqueue(clip, Hash.Of(clips[clip].Row, feature, salt));
            if (drawn.Count > places) drawn.Dequeue();
        }
        var placeOf = new Dictionary<int, int>();
        foreach (var each in firing) placeOf[each.Clip] = each.Place;
        return [.. drawn.UnorderedItems.OrderBy(each => each.Priority).Select(each => new Firing(each.Element, placeOf.GetValueOrDefault(each.Element, -1)))];
    }

    private static void Put(FeatureExampleData data, int at, List<Firing> chosen, IReadOnlyList<ArchivedClip> clips)
    {
        foreach (var (clip, place) in chosen)
        {
            data.Clip[at] = clips[clip].Row;
            if (place >= 0 && clips[clip].Peaks[place].Value > 0)
            {
                (data.Value[at], data.Column[at]) = clips[clip].Peaks[place];
                clips[clip].AppendTo(data.Strips, place);
            }
            else
            {
                data.Strips.AppendEmpty();
            }
            at++;
        }
    }

    /// <summary>
    /// Silent clips by the cosine of their mean residual stream to that of the feature's top clips, both less the mean over all clips.
    /// </summary>
    private sealed class NearMisses
    {
        private readonly IReadOnlyList<ArchivedClip> clips;
        private readonly TopClipCollector topClips;
        private readonly FiringClips firing;
        private readonly int features;
        private readonly float[] means;
        private readonly Dictionary<int, int> clipOf;
        private readonly int width;
        private float[] cosines = [];
        private int first = -1;

        public NearMisses(IReadOnlyList<ArchivedClip> clips, TopClipCollector topClips, FiringClips firing, int features)
        {
            (this.clips, this.topClips, this.firing, this.features) = (clips, topClips, firing, features);
            width = clips.Count == 0 ? 0 : clips[0].Mean.Length;
            clipOf = Enumerable.Range(0, clips.Count).ToDictionary(clip => clips[clip].Row);
            means = new float[clips.Count * width];
            var all = new double[width];
            foreach (var clip in clips)
                for (var i = 0; i < width; i++) all[i] += clip.Mean[i] / (double)clips.Count;
            for (var clip = 0; clip < clips.Count; clip++)
            {
                var place = means.AsSpan(clip * width, width);
                for (var i = 0; i < width; i++) place[i] = (float)(clips[clip].Mean[i] - all[i]);
                Normalise(place);
            }
        }

        public List<Firing> Of(int feature, int places)
        {
            if (clips.Count == 0) return [];
            if (first < 0 || feature < first || feature >= first + Block) Compute(feature);
            var fires = new bool[clips.Count];
            foreach (var each in firing.Of(feature)) fires[each.Clip] = true;
            var best = new PriorityQueue<int, (float, int)>();
            var row = cosines.AsSpan((feature - first) * clips.Count, clips.Count);
            for (var clip = 0; clip < clips.Count; clip++)
            {
                // Not a number: none of its top clips is in the archive.
                if (fires[clip] || !float.IsFinite(row[clip])) continue;
                best.Enqueue(clip, (row[clip], -clips[clip].Row));
                if (best.Count > places) best.Dequeue();
            }
            return [.. best.UnorderedItems.OrderByDescending(each => each.Priority).Select(each => new Firing(each.Element, -1))];
        }

        private void Compute(int from)
        {
            first = from;
            var count = Math.Min(Block, features - from);
            var centres = new float[count * width];
            for (var i = 0; i < count; i++)
            {
                var centre = centres.AsSpan(i * width, width);
                foreach (var top in topClips.Of(from + i))
                {
                    if (!clipOf.TryGetValue(top.Row, out var clip)) continue;
                    for (var j = 0; j < width; j++) centre[j] += means[clip * width + j];
                }
                Normalise(centre);
            }
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var product = tensor(centres, [count, width]).matmul(tensor(means, [clips.Count, width]).t());
            cosines = TensorData.AsSpan(product.contiguous()).ToArray();
        }

        private static void Normalise(Span<float> vector)
        {
            var norm = Math.Sqrt(vector.ToArray().Sum(value => (double)value * value));
            // A centre without direction has no nearest clip.
            for (var i = 0; i < vector.Length; i++) vector[i] = norm > 0 ? (float)(vector[i] / norm) : float.NaN;
        }
    }
}

/// <summary>A feature in a clip.</summary>
/// <param name="Clip">The clip's place in the archive.</param>
/// <param name="Place">The feature's place among those that fire in it; −1: it does not.</param>
internal readonly record struct Firing(int Clip, int Place);

/// <summary>For each feature the archived clips in which it fires.</summary>
internal sealed class FiringClips
{
    private readonly Firing[] entries;
    private readonly int[] starts;

    private FiringClips(Firing[] entries, int[] starts) => (this.entries, this.starts) = (entries, starts);

    public static FiringClips Of(IReadOnlyList<ArchivedClip> clips, int features)
    {
        var starts = new int[features + 1];
        foreach (var clip in clips)
            foreach (var feature in clip.Fired) starts[feature + 1]++;
        for (var feature = 0; feature < features; feature++) starts[feature + 1] += starts[feature];
        var next = starts.ToArray();
        var entries = new Firing[starts[features]];
        for (var clip = 0; clip < clips.Count; clip++)
            for (var place = 0; place < clips[clip].Fired.Length; place++) entries[next[clips[clip].Fired[place]]++] = new Firing(clip, place);
        return new FiringClips(entries, starts);
    }

    public ReadOnlySpan<Firing> Of(int feature) => entries.AsSpan(starts[feature], starts[feature + 1] - starts[feature]);
}
