using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Annotation;

/// <summary>No one votes on a clip that a suggestion was made from.</summary>
public sealed class HeldOutClipTests : IDisposable
{
    private static readonly FeatureSet Set = DemoFeatures.Set;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_clips_are_those_that_machines_are_tested_on_and_none_that_a_label_is_made_from()
    {
        using var file = Core.Tensors.SafetensorsFile.Open(Path.Combine(DemoFeatures.Sae, "index", DetectionClips.FileName));
        // A second way: the rows of the file itself.
        var (firing, near) = (file.ReadInt32("label_firing"), file.ReadInt32("label_near_miss"));
        var (all, tested) = (0, 0);
        for (var feature = 0; feature < Set.Index.Count; feature++)
        {
            var clips = HeldOutClips.Of(Set, feature, "queue-1", "ann");
            HashSet<int> made = [.. firing.Skip(feature * 32).Take(32), .. near.Skip(feature * 32).Take(32), .. Set.Index.TopClips(feature).Select(clip => clip.Row)];
            Assert.DoesNotContain(clips, clip => made.Contains(clip.Row));
            Assert.Equal(clips.Count, clips.DistinctBy(clip => clip.Row).Count());
            if (Set.Index.Kept[feature] == 0) continue;
            all++;
            var rows = Set.Detection!.TestRows(feature);
            if (rows.Count == 0) continue;
            tested++;
            // Of a feature that fires a little in every clip, random clips are those of the index.
            if (Set.Detection.Of(feature, DetectionKind.Random).Count == 0) clips = [.. clips.Where(clip => clip.Kind != ExampleKind.Random)];
            // Captions that suggestions are made from are those of the index's own examples too.
            Assert.All(clips, clip => Assert.Contains(clip.Row, rows));
            Assert.All(clips, clip => Assert.Equal((clip.Kind, clip.Activation), HeldOutClips.Find(Set, feature, clip.Row)));
            Assert.All(clips, clip => Assert.Equal("test", Set.Clip(clip.Row)!.Split));
            Assert.All(clips, clip => Assert.Equal(clip.Kind == ExampleKind.Interval, clip.Activation > 0));
        }
        Assert.Equal(1404, all);
        Assert.InRange(tested, 1386, 1404);
        var kinds = HeldOutClips.Of(Set, 1337, "queue-1", "ann").CountBy(clip => clip.Kind).ToDictionary();
        Assert.Equal((5, 5, 5), (kinds[ExampleKind.Interval], kinds[ExampleKind.Random], kinds[ExampleKind.NearMiss]));
    }

    [Fact]
    public void An_index_without_the_file_gives_its_examples_and_a_clip_of_then_is_still_known_with_it()
    {
        Directory.CreateDirectory(folder["index"]);
        foreach (var path in Directory.GetFiles(Path.Combine(DemoFeatures.Sae, "index")).Where(path => Path.GetFileName(path) != DetectionClips.FileName)) File.Copy(path, Path.Combine(folder["index"], Path.GetFileName(path)));
        var without = new FeatureSet(FeatureIndex.Open(folder["index"]), ClipDataset.Open(DemoFeatures.Dataset), "demo");
        Assert.Null(without.Detection);
        Assert.Empty(without.FileProblems);
        var clips = HeldOutClips.Of(without, 1337, "queue-1", "ann");
        var examples = Enumerable.Range(0, without.Index.ExampleGroups.Count).SelectMany(group => without.Index.Examples(1337, group).Select(example => (without.Index.ExampleGroups[group].Kind, example.Row))).ToHashSet();
        Assert.InRange(clips.Count, 8, 18);
        Assert.All(clips, clip => Assert.Contains((clip.Kind, clip.Row), examples));
        Assert.All(clips.Where(clip => clip.Kind != ExampleKind.Random), clip => Assert.Equal(clip.Kind, HeldOutClips.Find(Set, 1337, clip.Row)!.Value.Kind));
        Assert.Null(HeldOutClips.Find(Set, 1337, -5));
    }
}
