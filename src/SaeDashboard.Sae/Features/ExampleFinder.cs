using SaeDashboard.Core.Features;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// Chooses what a label is doubted with: clips of weaker activation, clips drawn at random, and clips in which the feature nearly fires and
/// never does. A label that fits the top clips alone does not fit these.
/// </summary>
internal static class ExampleFinder
{
    /// <summary>Four intervals of the largest activation, the strongest first; random clips; near misses.</summary>
    public static IReadOnlyList<ExampleGroup> Groups { get; } =
    [
        new(ExampleKind.Interval, 4, 0.75, 1), new(ExampleKind.Interval, 4, 0.5, 0.75), new(ExampleKind.Interval, 4, 0.25, 0.5), new(ExampleKind.Interval, 4, 0, 0.25),
        new(ExampleKind.Random, 4), new(ExampleKind.NearMiss, NearMissCollector.Places),
    ];

    /// <summary>Chooses the examples of all features.</summary>
    /// <param name="archive">The clips.</param>
    /// <param name="topClips">Their top clips, which are shown already and are not drawn for an interval.</param>
    /// <param name="nearMisses">The clips in which each nearly fires.</param>
    /// <param name="features">Number of features F.</param>
    public static FeatureExampleData Find(ClipArchive archive, TopClipCollector topClips, NearMissCollector nearMisses, int features)
    {
        var clips = archive.Clips;
        var firing = FiringClips.Of(clips, features);
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
                    _ => [.. nearMisses.Of(feature).Select(row => new Chosen(row, null, -1))],
                };
                Put(data, at, chosen);
                for (var place = chosen.Count; place < Groups[group].Places; place++) data.Strips.AppendEmpty();
                at += Groups[group].Places;
            }
        }
        return data;
    }

    /// <summary>The clips of the interval, drawn at random, strongest first.</summary>
    private static List<Chosen> Interval(ExampleGroup group, ReadOnlySpan<Firing> firing, IReadOnlyList<ArchivedClip> clips, int feature, float largest, HashSet<int> shown)
    {
        var inside = new List<(ulong Draw, Firing Clip)>();
        foreach (var each in firing)
        {
            var value = clips[each.Clip].Peaks[each.Place].Value;
            if (value > group.Above * largest && value <= group.UpTo * largest && !shown.Contains(clips[each.Clip].Row)) inside.Add((Hash.Of(clips[each.Clip].Row, feature), each));
        }
        return [.. inside.OrderBy(each => each.Draw).Take(group.Places).Select(each => new Chosen(clips[each.Clip.Clip].Row, clips[each.Clip.Clip], each.Clip.Place)).OrderByDescending(each => each.Clip!.Peaks[each.Place].Value)];
    }

    private static List<Chosen> AtRandom(int places, ReadOnlySpan<Firing> firing, IReadOnlyList<ArchivedClip> clips, int feature, int salt)
    {
        var drawn = new PriorityQueue<int, ulong>(Comparer<ulong>.Create((one, other) => other.CompareTo(one)));
        for (var clip = 0; clip < clips.Count; clip++)
        {
            drawn.Enqueue(clip, Hash.Of(clips[clip].Row, feature, salt));
            if (drawn.Count > places) drawn.Dequeue();
        }
        var placeOf = new Dictionary<int, int>();
        foreach (var each in firing) placeOf[each.Clip] = each.Place;
        return [.. drawn.UnorderedItems.OrderBy(each => each.Priority).Select(each => new Chosen(clips[each.Element].Row, clips[each.Element], placeOf.GetValueOrDefault(each.Element, -1)))];
    }

    private static void Put(FeatureExampleData data, int at, List<Chosen> chosen)
    {
        foreach (var (row, clip, place) in chosen)
        {
            data.Clip[at] = row;
            if (place >= 0 && clip!.Peaks[place].Value > 0)
            {
                (data.Value[at], data.Column[at]) = clip.Peaks[place];
                clip.AppendTo(data.Strips, place);
            }
            else
            {
                data.Strips.AppendEmpty();
            }
            at++;
        }
    }

    // Place −1: the feature is silent there.
    private readonly record struct Chosen(int Row, ArchivedClip? Clip, int Place);
}

/// <summary>
/// For every feature the clips in which it never fires and came nearest to it: the largest margin first, then the smaller row. The result does
/// not depend on the order of the clips.
/// </summary>
/// <param name="features">Number of features F.</param>
internal sealed class NearMissCollector(int features)
{
    /// <summary>Clips per feature.</summary>
    public const int Places = 4;

    private readonly (float Margin, int Row)[] best = [.. Enumerable.Repeat((float.NegativeInfinity, -1), features * Places)];

    /// <summary>Adds a clip (each row once).</summary>
    /// <param name="latents">Its grouped latents.</param>
    /// <param name="margins">How near each feature came to firing <c>[F]</c>.</param>
    /// <param name="row">Its row in the dataset.</param>
    public void Offer(ClipLatents latents, float[] margins, int row)
    {
        for (var feature = 0; feature < features; feature++)
        {
            var last = best[(feature + 1) * Places - 1];
            if (!Before(margins[feature], row, last) || latents.Columns(feature).Length > 0) continue;
            var place = (feature + 1) * Places - 1;
            for (; place > feature * Places && Before(margins[feature], row, best[place - 1]); place--) best[place] = best[place - 1];
            best[place] = (margins[feature], row);
        }
    }

    /// <summary>The rows of a feature's clips, nearest first.</summary>
    public IEnumerable<int> Of(int feature) => best.Skip(feature * Places).Take(Places).Where(each => each.Row >= 0).Select(each => each.Row);

    private static bool Before(float margin, int row, (float Margin, int Row) other) => margin > other.Margin || (margin == other.Margin && (other.Row < 0 || row < other.Row));
}

/// <summary>A feature in a clip.</summary>
/// <param name="Clip">The clip's place in the archive.</param>
/// <param name="Place">The feature's place among those that fire in it.</param>
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
