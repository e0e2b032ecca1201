using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>Example clips against the dense latents of every clip.</summary>
public sealed class ExampleFinderTests
{
    private const int Width = 8, Features = 40, Columns = 60, SelectClips = 120, ExtraClips = 60, FirstColumn = 4;
    private static readonly FeatureIndexOrigin Origin = new("model", "data", "small", "layers.4.resid_post", 4, 50);

    [Fact]
    public void Every_example_is_what_its_group_says_and_its_strip_is_the_clips_own()
    {
        using var sae = Sae();
        var (select, extra) = Sources();
        var clips = Dense(sae, select).Concat(Dense(sae, extra)).ToDictionary(clip => clip.Row, clip => clip.Latents);
        var margins = Margins(sae, select, extra);
        using var folder = TestFolders.Temporary();
        Build(sae, select, extra, Origin).Save(folder.In("index"));
        using var index = FeatureIndex.Open(folder.In("index"));
        var found = new int[index.ExampleGroups.Count];
        for (var feature = 0; feature < Features; feature++)
        {
            float Peak(int row) => Enumerable.Range(FirstColumn - 1, Columns - FirstColumn + 1).Max(column => clips[row][column][feature]);
            var top = index.TopClips(feature);
            var shown = top.Select(clip => clip.Row).ToHashSet();
            for (var group = 0; group < index.ExampleGroups.Count; group++)
            {
                var what = index.ExampleGroups[group];
                var examples = index.Examples(feature, group);
                found[group] += examples.Count;
                Assert.Equal(examples.Count, examples.Select(each => each.Row).Distinct().Count());
                Assert.All(examples, each => Assert.Equal(Peak(each.Row), each.Value));
                foreach (var each in examples) StripIs(index.ExampleStrip(feature, each.Place), clips[each.Row], feature, each.Value);
                if (top.Count == 0)
                {
                    Assert.Empty(examples);
                    continue;
                }
                switch (what.Kind)
                {
                    case ExampleKind.Interval:
                        bool Inside(int row) => Peak(row) > what.Above * top[0].Value && Peak(row) <= what.UpTo * top[0].Value && !shown.Contains(row);
                        Assert.All(examples, each => Assert.True(Inside(each.Row)));
                        Assert.Equal(Math.Min(what.Places, clips.Keys.Count(Inside)), examples.Count);
                        Assert.Equal(examples.Select(each => each.Value).OrderDescending(), examples.Select(each => each.Value));
                        break;
                    case ExampleKind.Random:
                        Assert.Equal(what.Places, examples.Count);
                        break;
                    default:
                        var silent = clips.Where(clip => clip.Value.All(column => column[feature] <= 0)).Select(clip => clip.Key).ToArray();
                        Assert.Equal(silent.OrderByDescending(row => margins[row][feature]).Take(what.Places), examples.Select(each => each.Row));
                        break;
                }
            }
        }
        Assert.All(found, count => Assert.True(count > Features / 4, $"{count} examples"));
    }

    [Fact]
    public void Random_clips_are_any_of_the_clips()
    {
        using var sae = Sae();
        var (select, extra) = Sources();
        var data = Build(sae, select, extra, Origin).Examples;
        var group = data.Groups.ToList().FindIndex(each => each.Kind == ExampleKind.Random);
        var (places, first) = (data.Groups.Sum(each => each.Places), data.Groups.Take(group).Sum(each => each.Places));
        var rows = Enumerable.Range(0, Features).SelectMany(feature => data.Clip.AsSpan(feature * places + first, data.Groups[group].Places).ToArray()).Where(row => row >= 0).ToArray();
        // Up to 160 draws of 180 clips: 106 different ones are expected, with a standard deviation of 5.
        Assert.InRange(rows.Distinct().Count(), 0.66 * rows.Length - 25, 0.66 * rows.Length + 25);
    }

    [Fact]
    public void The_order_of_the_clips_does_not_matter_and_a_small_budget_draws_from_a_part_of_them()
    {
        using var sae = Sae();
        var (select, extra) = Sources();
        var whole = Build(sae, select, extra, Origin).Examples;
        var again = Build(sae, new Reversed(select), new Reversed(extra), Origin).Examples;
        Assert.Equal(whole.Clip, again.Clip);
        Assert.Equal(whole.Value, again.Value);
        Assert.Equal(whole.Strips.Values(), again.Strips.Values());

        var options = new FeatureIndexOptions { ExampleBudget = 60_000 };
        var part = Build(sae, select, extra, Origin, options).Examples;
        var rows = part.Clip.Where(row => row >= 0).Distinct().ToHashSet();
        Assert.InRange(rows.Count, 10, (SelectClips + ExtraClips) * 2 / 3);
        Assert.Equal(part.Clip, Build(sae, new Reversed(select), new Reversed(extra), Origin, options).Examples.Clip);
    }

    [Fact]
    public void An_index_of_an_earlier_program_has_none_and_damaged_ones_are_refused()
    {
        using var sae = Sae();
        var built = Build(sae, Sources().Select, null, Origin);
        using var folder = TestFolders.Temporary();
        FeatureIndexWriter.Save(folder.In("old"), built.Info, built.Data);
        using (var old = FeatureIndex.Open(folder.In("old")))
        {
            Assert.Empty(old.ExampleGroups);
            Assert.Null(old.Example(0, 0));
            Assert.Empty(old.ExampleStrip(0, 0).Columns);
        }
        built.Save(folder.In("index"));
        File.Copy(Path.Combine(folder.In("index"), "features.safetensors"), Path.Combine(folder.In("index"), "examples.safetensors"), overwrite: true);
        Assert.Contains("example_clip", Assert.Throws<Core.UserException>(() => FeatureIndex.Open(folder.In("index"))).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder.In("index"), "examples.safetensors"));
        Assert.Contains("examples.safetensors", Assert.Throws<Core.UserException>(() => FeatureIndex.Open(folder.In("index"))).Message, StringComparison.Ordinal);
    }

    private static BuiltFeatureIndex Build(SparseAutoencoder sae, IActivationSource select, IActivationSource? extra, FeatureIndexOrigin origin, FeatureIndexOptions? options = null) =>
        FeatureIndexBuilder.Build(sae, select, extra, origin, options, null, TestContext.Current.CancellationToken);

    /// <summary>An SAE with features that never fire, seldom and often.</summary>
    private static SparseAutoencoder Sae()
    {
        var sae = RandomSae.Create(10, Width, Features, 6);
        for (var feature = 0; feature < Features; feature++)
        {
            using var bias = sae.BEnc.narrow(0, feature, 1);
            bias.AddInPlace(feature < 3 ? -100f : -0.12f * feature + 1.5f);
        }
        return sae;
    }

    private static (MemorySource Select, MemorySource Extra) Sources() =>
        (MemorySource.Random(11, Width, Columns, SelectClips), MemorySource.Random(12, Width, Columns, ExtraClips, "sae-train", 1000));

    private static void StripIs(ActivationStrip strip, float[][] latents, int feature, float peak)
    {
        if (peak <= 0)
        {
            Assert.Empty(strip.Columns);
            return;
        }
        var firing = Enumerable.Range(1, Columns).Where(column => latents[column - 1][feature] > 0).ToArray();
        Assert.Equal(firing, strip.Columns);
        for (var i = 0; i < firing.Length; i++) Assert.InRange(strip.Values[i] - Math.Min(peak, latents[firing[i] - 1][feature]), -peak / 509, peak / 254);
    }

    /// <summary>By row the largest pre-activation of each feature from the first measured column on, in float64.</summary>
    private static Dictionary<int, double[]> Margins(SparseAutoencoder sae, params MemorySource[] sources)
    {
        var (encoder, bias, centre) = (RandomSae.Rows(sae.WEnc), TensorData.AsSpan(sae.BEnc).ToArray(), TensorData.AsSpan(sae.BDec).ToArray());
        var margins = new Dictionary<int, double[]>();
        foreach (var clip in sources.SelectMany(source => source.Clips()))
        {
            using (clip)
            {
                var columns = RandomSae.Rows(clip.Columns).Skip(FirstColumn - 1).ToArray();
                margins[clip.Row] = [.. Enumerable.Range(0, Features).Select(feature => columns.Max(column => bias[feature] + Enumerable.Range(0, Width).Sum(i => (column[i] - centre[i]) * encoder[i][feature])))];
            }
        }
        return margins;
    }

    private static IEnumerable<(int Row, float[][] Latents)> Dense(SparseAutoencoder sae, MemorySource source)
    {
        foreach (var clip in source.Clips())
        {
            using (clip)
            using (var latents = sae.Encode(clip.Columns))
            {
                var values = TensorData.AsSpan(latents).ToArray();
                yield return (clip.Row, [.. values.Chunk(Features)]);
            }
        }
    }

    private sealed class Reversed(IActivationSource source) : IActivationSource
    {
        public int Width => source.Width;

        public IEnumerable<ClipActivations> Clips() => source.Clips().Reverse();
    }
}
