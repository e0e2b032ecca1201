using SaeDashboard.Core.Features;
using SaeDashboard.Core.Steering;
using SaeDashboard.Core.Tests.Steering;

namespace SaeDashboard.Core.Tests.Features;

/// <summary>A new index takes over clips to test names on, and suggested names, while all that they were made from is the same.</summary>
public sealed class CarriedFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_depends_on_nothing_that_changed_is_kept_and_the_rest_is_dropped_with_a_word()
    {
        var (info, data, _) = FeatureIndexTests.Make(2, 1, 20);
        Assert.Empty(FeatureIndexWriter.Save(folder["index"], info, data));
        Write();
        var (clips, names) = (File.ReadAllBytes(Clips), File.ReadAllBytes(Names));
        var said = FeatureIndexWriter.Save(folder["index"], info with { CreatedUtc = info.CreatedUtc.AddDays(1) }, data);
        Assert.Equal(2, said.Count);
        Assert.All(said, line => Assert.StartsWith("Kept", line, StringComparison.Ordinal));
        Assert.Equal(clips, File.ReadAllBytes(Clips));
        Assert.Equal(names, File.ReadAllBytes(Names));

        // The names were made from the top clips, the clips of the test were not.
        data.TopClip[0]++;
        said = FeatureIndexWriter.Save(folder["index"], info, data);
        Assert.StartsWith("Kept the clips", said[0], StringComparison.Ordinal);
        Assert.Contains("top clips are others", said[1], StringComparison.Ordinal);
        Assert.Equal((true, false), (File.Exists(Clips), File.Exists(Names)));

        Write();
        data.P99[1] += 1e-6f;
        said = FeatureIndexWriter.Save(folder["index"], info, data);
        Assert.All(said, line => Assert.Contains("p99", line, StringComparison.Ordinal));
        Assert.Equal((false, false), (File.Exists(Clips), File.Exists(Names)));
    }

    [Fact]
    public void Another_dataset_other_weights_or_a_damaged_index_before_drop_both()
    {
        var (info, data, _) = FeatureIndexTests.Make(2, 1, 20);
        foreach (var (other, reason) in new[] { (info with { DatasetHash = "z" }, "another dataset"), (info with { SaeHash = "z" }, "other weights"), (info with { FirstColumn = info.FirstColumn + 1 }, "another place") })
        {
            FeatureIndexWriter.Save(folder["index"], info, data);
            Write();
            var said = FeatureIndexWriter.Save(folder["index"], other, data);
            Assert.Equal(2, said.Count);
            Assert.All(said, line => Assert.Contains(reason, line, StringComparison.Ordinal));
            Assert.Equal((false, false), (File.Exists(Clips), File.Exists(Names)));
        }
        FeatureIndexWriter.Save(folder["index"], info, data);
        Write();
        File.WriteAllText(folder["index/index.json"], "{");
        Assert.Equal(2, FeatureIndexWriter.Save(folder["index"], info, data).Count(line => line.StartsWith("Dropped", StringComparison.Ordinal)));
    }

    [Fact]
    public void Ladders_stay_for_the_same_weights_and_model_and_say_when_they_are_stale()
    {
        var (info, data, _) = FeatureIndexTests.Make(2, 1, 20);
        FeatureIndexWriter.Save(folder["index"], info, data);
        var p99 = data.P99[1];
        StrengthLadders.Add(folder["index"], StrengthLaddersTests.Info(info), info, [StrengthLaddersTests.Ladder(1) with { P99 = p99 }]);
        var bytes = File.ReadAllBytes(folder[$"index/{StrengthLadders.FileName}"]);
        Assert.Contains("nothing", Assert.Single(FeatureIndexWriter.Save(folder["index"], info, data)), StringComparison.Ordinal);
        data.P99[1] += 1e-6f;
        Assert.Contains("stale (the features' p99 are others)", Assert.Single(FeatureIndexWriter.Save(folder["index"], info, data)), StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(folder[$"index/{StrengthLadders.FileName}"]));
        var kept = StrengthLadders.Open(folder["index"], info)!;
        Assert.Null(kept.StaleOf(kept.Of(1)!, p99));
        Assert.Contains("p99", kept.StaleOf(kept.Of(1)!, data.P99[1]), StringComparison.Ordinal);
        FeatureIndexWriter.Save(folder["index"], info with { DatasetHash = "z" }, data);
        Assert.Contains("another dataset", StrengthLadders.Open(folder["index"], info with { DatasetHash = "z" })!.Stale, StringComparison.Ordinal);
        Assert.Contains("another model", Assert.Single(FeatureIndexWriter.Save(folder["index"], info with { DatasetHash = "z", ModelHash = "z" }, data)), StringComparison.Ordinal);
        Assert.False(File.Exists(folder[$"index/{StrengthLadders.FileName}"]));
    }

    private string Clips => folder[$"index/{DetectionClips.FileName}"];

    private string Names => folder[$"index/{LabelSuggestions.FileName}"];

    private void Write()
    {
        var made = new DetectionClipsInfo { SaeHash = "a", DatasetHash = "c", LabelledOn = "sae-train", TestedOn = "test", LabelClips = 2, TestClips = 6, Places = 1, LabelPlaces = 1 };
        DetectionClips.Write(folder["index"], made, 2, new DetectionClipsData { Clip = [1, 2, 3, 4, 5, 6], Value = [1, 1], Column = [1, 1, 1, 1, 1, 1], LabelFiring = [7, 8], LabelNearMiss = [9, 10] });
        LabelSuggestions.Write(folder["index"], new LabelSuggestionsInfo { SaeHash = "a", DatasetHash = "c", Count = 1 }, 2,
            [new LabelSuggestion { Feature = 1, Text = "flute", Method = SuggestionMethod.CaptionContrast, Version = "v 1", ContentHash = "aa", Confidence = 1 }]);
    }
}
