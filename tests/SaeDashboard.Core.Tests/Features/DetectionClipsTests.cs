using SaeDashboard.Core.Features;

namespace SaeDashboard.Core.Tests.Features;

/// <summary>detection.safetensors and suggestions.jsonl: written, read, and refused with the reason when they are damaged or of another index.</summary>
public sealed class DetectionClipsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static DetectionClipsInfo Made { get; } = new() { SaeHash = "abc", DatasetHash = "d", LabelledOn = "sae-train, select", TestedOn = "test", LabelClips = 20, TestClips = 10, Places = 2, LabelPlaces = 3 };

    private static FeatureIndexInfo Index { get; } = new()
    {
        SaeHash = "abc", ModelHash = "m", DatasetHash = "d", Dataset = "set", Hook = "layers.1.resid_post", Layer = 1, FrameRate = 50, Features = 2, ColumnsMeasured = 1, ClipsMeasured = 1,
        TopClips = 1, HistogramBins = 1, Neighbours = 1, KeptDefault = 0, KeptAnyFrame = 0, CreatedUtc = DateTimeOffset.UnixEpoch,
    };

    private static DetectionClipsData Data(int firing = 20) => new()
    {
        // For each feature: positives, random clips, near misses.
        Clip = [1, 2, 3, 4, 5, -1, 6, -1, 7, 8, 9, 10], Value = [3, 2, 1, 0], Column = [11, 12, 13, 14, 15, 0, 16, 0, 17, 18, 19, 20],
        LabelFiring = [firing, 21, -1, 22, -1, -1], LabelNearMiss = [23, -1, -1, 24, 25, 26],
    };

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        DetectionClips.Write(folder.Path, Made, 2, Data());
        var clips = DetectionClips.Open(folder.Path, Index)!;
        Assert.Equal(Made, clips.Info);
        Assert.Equal([new(DetectionKind.Positive, 1, 3, 11), new(DetectionKind.Positive, 2, 2, 12)], clips.Of(0, DetectionKind.Positive));
        Assert.Equal([new(DetectionKind.NearMiss, 5, 0, 15)], clips.Of(0, DetectionKind.NearMiss));
        Assert.Equal([new(DetectionKind.Random, 7, 0, 17), new(DetectionKind.Random, 8, 0, 18)], clips.Of(1, DetectionKind.Random));
        Assert.Equal([20, 21], clips.LabelFiring(0));
        Assert.Equal([24, 25, 26], clips.LabelNearMisses(1));
        Assert.Equal([1, 2, 3, 4, 5], clips.TestRows(0).Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => clips.LabelFiring(2));
    }

    [Fact]
    public void A_label_is_not_tested_on_a_clip_that_it_is_made_from()
    {
        Assert.Throws<ArgumentException>(() => DetectionClips.Write(folder.Path, Made, 2, Data(firing: 4)));
        Assert.Throws<ArgumentException>(() => DetectionClips.Write(folder.Path, Made with { Places = 3 }, 2, Data()));
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void One_of_another_index_or_a_damaged_one_is_refused()
    {
        Assert.Null(DetectionClips.Open(folder.Path, Index));
        DetectionClips.Write(folder.Path, Made, 2, Data());
        foreach (var index in new[] { Index with { SaeHash = "def" }, Index with { DatasetHash = "e" }, Index with { Features = 3 } })
            Assert.Contains("detection", Assert.Throws<UserException>(() => DetectionClips.Open(folder.Path, index)).Message, StringComparison.Ordinal);
        DetectionClips.Write(folder.Path, Made with { Version = 2 }, 2, Data());
        Assert.Contains("version 2", Assert.Throws<UserException>(() => DetectionClips.Open(folder.Path, Index)).Message, StringComparison.Ordinal);
        var random = new Random(1);
        DetectionClips.Write(folder.Path, Made, 2, Data());
        var whole = File.ReadAllBytes(folder[DetectionClips.FileName]);
        for (var round = 0; round < 300; round++)
        {
            File.WriteAllBytes(folder[DetectionClips.FileName], ByteMutator.Mutate(random, whole, 700));
            // It opens, or says why not.
            if (Record.Exception(() => DetectionClips.Open(folder.Path, Index)) is { } error) Assert.IsType<UserException>(error);
        }
    }

    [Fact]
    public void Suggestions_are_read_as_they_were_written_the_best_first()
    {
        LabelSuggestion[] suggestions = [Suggestion(1, "bright", SuggestionMethod.DescriptorContrast), Suggestion(0, "taiko drums", SuggestionMethod.CaptionContrast), Suggestion(1, "flute", SuggestionMethod.CaptionContrast) with { Detection = new DetectionScore(0.8, 0.6, 10, 10, 10) }, Suggestion(1, "high flute", SuggestionMethod.LanguageModel)];
        LabelSuggestions.Write(folder.Path, Info, 2, suggestions);
        var read = LabelSuggestions.Open(folder.Path, Index)!;
        // What passed its test, then what a language model said, untested.
        Assert.Equal(["flute", "high flute", "bright"], read.Of(1).Select(each => each.Text));
        Assert.Equal(suggestions[1], Assert.Single(read.Of(0)));
        Assert.Equal([0, 1], read.Features.Order());
        Assert.Equal(4, read.Info.Count);
        // One that was tested and hardly tells clips apart comes after one that was not tested.
        LabelSuggestions.Add(folder.Path, Index, [suggestions[2] with { Detection = new DetectionScore(0.6, 0.5, 10, 10, 10) }]);
        Assert.Equal(["high flute", "bright", "flute"], LabelSuggestions.Open(folder.Path, Index)!.Of(1).Select(each => each.Text));
        LabelSuggestions.Write(folder.Path, Info, 2, suggestions);
        Assert.Equal(new DetectionScore(0.5, 0.51, 2, 2, 2), read.Info.Floor["captionContrast"]);
        var bytes = File.ReadAllBytes(folder[LabelSuggestions.FileName]);
        LabelSuggestions.Write(folder.Path, Info, 2, [.. suggestions.Reverse()]);
        Assert.Equal(bytes, File.ReadAllBytes(folder[LabelSuggestions.FileName]));
    }

    [Fact]
    public void Added_suggestions_replace_those_of_the_same_version_and_keep_the_others()
    {
        LabelSuggestions.Add(folder.Path, Index, [Suggestion(0, "flute", SuggestionMethod.LanguageModel), Suggestion(1, "drums", SuggestionMethod.CaptionContrast)]);
        LabelSuggestions.Add(folder.Path, Index, [Suggestion(0, "high flute", SuggestionMethod.LanguageModel), Suggestion(0, "organ", SuggestionMethod.LanguageModel) with { Version = "v 2" }]);
        var read = LabelSuggestions.Open(folder.Path, Index)!;
        Assert.Equal(["high flute", "organ"], read.Of(0).Select(each => each.Text).Order());
        Assert.Equal("drums", Assert.Single(read.Of(1)).Text);
        Assert.Equal(3, read.Info.Count);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("HEAD2", "first line says 2")]
    [InlineData("HEAD1\n{\"feature\":2}", "line 2")]
    [InlineData("HEAD1\n{\"feature\":9,\"text\":\"a\",\"method\":\"captionContrast\",\"version\":\"1\",\"contentHash\":\"h\",\"confidence\":1}", "feature 9")]
    [InlineData("HEAD1\n{\"feature\":0,\"text\":\"a\\nb\",\"method\":\"captionContrast\",\"version\":\"1\",\"contentHash\":\"h\",\"confidence\":1}", "line break")]
    [InlineData("HEAD1\n{\"feature\":0,\"text\":\"a\",\"method\":\"guess\",\"version\":\"1\",\"contentHash\":\"h\",\"confidence\":1}", "line 2")]
    [InlineData("HEAD1\n{\"feature\":0,\"text\":\"a\",\"method\":\"captionContrast\",\"version\":\"1\",\"contentHash\":\"h\",\"confidence\":1,\"detection\":{\"random\":3,\"nearMiss\":null,\"positives\":1,\"randoms\":1,\"nearMisses\":1}}", "outside 0 to 1")]
    public void Damaged_suggestions_are_refused_with_the_line(string text, string reason)
    {
        var head = (int count) => $$"""{"version":1,"saeHash":"abc","datasetHash":"d","count":{{count}}}""";
        File.WriteAllText(folder[LabelSuggestions.FileName], text.Replace("HEAD1", head(1), StringComparison.Ordinal).Replace("HEAD2", head(2), StringComparison.Ordinal));
        Assert.Contains(reason, Assert.Throws<UserException>(() => LabelSuggestions.Open(folder.Path, Index)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Suggestions_of_another_index_are_refused_and_too_large_a_file_is_not_read()
    {
        Assert.Null(LabelSuggestions.Open(folder.Path, Index));
        LabelSuggestions.Write(folder.Path, Info, 2, []);
        Assert.Throws<UserException>(() => LabelSuggestions.Open(folder.Path, Index with { SaeHash = "def" }));
        Assert.Throws<ArgumentException>(() => LabelSuggestions.Write(folder.Path, Info, 2, [Suggestion(2, "x", SuggestionMethod.CaptionContrast)]));
        // A suggestion is a label that a person can accept: one bound for both.
        LabelSuggestions.Write(folder.Path, Info, 2, [Suggestion(0, new string('x', PersonText.MaxLabel), SuggestionMethod.CaptionContrast)]);
        Assert.Contains("200 is the most", Assert.Throws<ArgumentException>(() => LabelSuggestions.Write(folder.Path, Info, 2, [Suggestion(0, new string('x', PersonText.MaxLabel + 1), SuggestionMethod.CaptionContrast)])).Message, StringComparison.Ordinal);
        using (var file = File.OpenWrite(folder[LabelSuggestions.FileName])) file.SetLength(65L << 20);
        Assert.Contains("at most", Assert.Throws<UserException>(() => LabelSuggestions.Open(folder.Path, Index)).Message, StringComparison.Ordinal);
    }

    private static LabelSuggestionsInfo Info { get; } = new() { SaeHash = "abc", DatasetHash = "d", Count = 0, Floor = new Dictionary<string, DetectionScore> { ["captionContrast"] = new(0.5, 0.51, 2, 2, 2) } };

    private static LabelSuggestion Suggestion(int feature, string text, SuggestionMethod method) => new() { Feature = feature, Text = text, Method = method, Version = "v 1", ContentHash = "0123", Confidence = 0.5 };
}
