using System.Globalization;
using Microsoft.Extensions.Logging;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>What a feature without a label is called, and how far the name can be trusted.</summary>
public sealed class FeatureSuggestionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_demo_suggests_a_name_for_nearly_every_kept_feature_and_the_rule_is_the_stated_one()
    {
        var set = DemoFeatures.Set;
        Assert.Empty(set.FileProblems);
        var lines = File.ReadLines(Path.Combine(DemoFeatures.Sae, "index", LabelSuggestions.FileName)).Skip(1).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToLookup(line => line.GetProperty("feature").GetInt32());
        var (named, sure) = (0, 0);
        for (var feature = 0; feature < set.Index.Count; feature++)
        {
            // A second way: the lines of the file, read as they are.
            var tested = lines[feature].Where(line => line.GetProperty("detection").ValueKind == System.Text.Json.JsonValueKind.Object).Select(line => (Text: line.GetProperty("text").GetString(), Mean: (Auroc(line, "random") + Auroc(line, "nearMiss")) / 2)).ToList();
            var passed = tested.Where(each => each.Mean >= 0.6).OrderByDescending(each => each.Mean).Select(each => each.Text).FirstOrDefault();
            var untested = lines[feature].FirstOrDefault(line => line.GetProperty("detection").ValueKind == System.Text.Json.JsonValueKind.Null);
            var expected = passed ?? set.Hint(feature)?.Words ?? (untested.ValueKind == System.Text.Json.JsonValueKind.Object ? untested.GetProperty("text").GetString() : tested.Select(each => each.Text).FirstOrDefault());
            Assert.Equal((feature, expected), (feature, set.Suggestion(feature)?.Words));
            Assert.Equal((feature, passed is not null), (feature, set.Suggestion(feature) is { IsSure: true }));
            var all = set.Suggestions(feature);
            // Words that are in the file are not there twice.
            var words = lines[feature].Select(line => line.GetProperty("text").GetString()).ToList();
            Assert.Equal(words.Count + (set.Hint(feature) is { } hint && !words.Contains(hint.Words) ? 1 : 0), all.Count);
            Assert.Equal(set.Suggestion(feature), all.Count > 0 ? all[0] : null);
            if (set.Index.Kept[feature] == 0) continue;
            named += expected is null ? 0 : 1;
            sure += passed is null ? 0 : 1;
        }
        Assert.Equal(1404, set.Index.Info.KeptDefault);
        Assert.InRange(named, 1370, 1404);
        Assert.InRange(sure, 500, 700);

        static double Auroc(System.Text.Json.JsonElement line, string kind) => line.GetProperty("detection").GetProperty(kind) is { ValueKind: System.Text.Json.JsonValueKind.Number } value ? value.GetDouble() : 0.5;
    }

    [Fact]
    public void A_row_is_called_by_its_label_then_by_the_suggestion()
    {
        var suggested = DemoFeatures.Set.Suggestion(1337)!.Words;
        Assert.Equal((suggested, suggested), (DemoFeatures.Set.Row(1337, null).Name, DemoFeatures.Set.Row(1337, null).Shown));
        var labelled = DemoFeatures.Set.Row(1337, new CurrentLabel(1, "big drums", "Ann", null, 0));
        Assert.Equal(("big drums", "big drums", suggested), (labelled.Name, labelled.Shown, labelled.Suggestion!.Words));
    }

    [Fact]
    public void How_far_to_trust_one_is_said_with_the_figures_of_the_file()
    {
        var set = Opened("said", new DetectionScore(0.7, 0.66, 10, 10, 10), floor: new DetectionScore(0.5, 0.51, 9, 9, 9));
        var made = set.Suggestions(1337)[0];
        Assert.Equal("tells its clips from near misses 0.66, permuted labels 0.51; from random clips 0.70, permuted labels 0.50", made.Trust);
        Assert.Equal($"Suggested by words of captions: {made.Trust}", made.Source);
        Assert.Equal(0.68, made.Score!.Value, 1e-9);
        Assert.True(made.IsSure);
        Assert.Equal("tells its clips from random clips 0.70", Opened("one", new DetectionScore(0.7, null, 10, 10, 1)).Suggestions(1337)[0].Trust);
        Assert.Equal("too few clips to test it on", Opened("few", new DetectionScore(null, null, 1, 10, 10)).Suggestions(1337)[^1].Trust);
        // What failed its test, or has none, comes after what the captions of the top clips share.
        var weak = Opened("weak", new DetectionScore(0.5, 0.6, 10, 10, 10)).Suggestions(1337);
        Assert.Equal([SuggestionKind.TopCaptions, SuggestionKind.CaptionContrast], weak.Select(each => each.Kind));
        Assert.Equal(("not tested", $"Suggested by the captions of {DemoFeatures.Set.Hint(1337)!.Clips} of its 12 top clips"), (weak[0].Trust, weak[0].Source));
        var untested = Opened("untested", null).Suggestions(1337);
        Assert.Equal((SuggestionKind.CaptionContrast, "not tested"), (untested[1].Kind, untested[1].Trust));
        // A language model heard it: its label comes first before it was tested, where no other passed.
        var heard = Opened("heard", null, SuggestionMethod.LanguageModel).Suggestions(1337);
        Assert.Equal((SuggestionKind.LanguageModel, false, "a language model (v 1)"), (heard[0].Kind, heard[0].IsSure, heard[0].Method));
    }

    [Fact]
    public void The_surest_come_first_and_those_that_were_not_tested_last_in_either_direction()
    {
        var set = DemoFeatures.Set;
        foreach (var reversed in new[] { false, true })
        {
            var scores = FeatureFilter.Apply(set, new Dictionary<int, CurrentLabel>(), new FeatureQuery { Sort = FeatureSort.Suggestion, Reversed = reversed }).Select(feature => set.Suggestion(feature)?.Score).ToArray();
            var tested = scores.TakeWhile(score => score is not null).Select(score => score!.Value).ToArray();
            Assert.Equal(scores.Count(score => score is not null), tested.Length);
            Assert.Equal(reversed ? tested.Order() : tested.OrderDescending(), tested);
        }
    }

    [Theory]
    [InlineData(LabelSuggestions.FileName, "{\"version\":1,")]
    [InlineData(LabelSuggestions.FileName, "")]
    [InlineData(DetectionClips.FileName, "damaged")]
    public void A_damaged_file_is_said_in_the_log_and_the_rest_works(string name, string content)
    {
        var sae = folder["sae"];
        Copy(Path.Combine(sae, "index"));
        File.WriteAllText(Path.Combine(sae, "index", name), content);
        Directory.CreateDirectory(folder["data"]);
        using var database = Database.Open(folder["data"]);
        var catalog = new FakeCatalog { Saes = [new CatalogSae { Id = "demo", Name = "demo", Path = sae, State = CatalogState.Ready, HasIndex = true, DatasetId = "demo" }] };
        var log = new Lines();
        var features = new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)), new FeatureLabels(new LabelRepository(database), new RatingRepository(database), new CountingStore()), log);
        var set = features.Open("demo")!;
        var problem = Assert.Single(set.FileProblems);
        Assert.Contains(Path.Combine(sae, "index", name), problem, StringComparison.Ordinal);
        Assert.Contains(problem, Assert.Single(log.Said), StringComparison.Ordinal);
        Assert.Equal(name == DetectionClips.FileName, set.Detection is null);
        var kept = name == DetectionClips.FileName ? DemoFeatures.Set.Suggestion(1337)!.Words : DemoFeatures.Set.Hint(1337)!.Words;
        Assert.Equal(kept, set.Suggestion(1337)!.Words);
        // Opened once: it is not read, or said, again.
        Assert.Same(set, features.Open("demo"));
        Assert.Single(log.Said);
    }

    [Fact]
    public void Suggestions_from_several_folders_are_one_list_and_one_that_is_written_is_shown_without_a_new_opening_of_the_index()
    {
        var sae = folder["sae"];
        Copy(Path.Combine(sae, "index"));
        Directory.CreateDirectory(folder["data"]);
        using var database = Database.Open(folder["data"]);
        var catalog = new FakeCatalog { Saes = [new CatalogSae { Id = "demo", Name = "demo", Path = sae, State = CatalogState.Ready, HasIndex = true, DatasetId = "demo" }] };
        var folders = new SuggestionFolders(folder["suggestions"]);
        var features = new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)),
            new FeatureLabels(new LabelRepository(database), new RatingRepository(database), new CountingStore()), null, folders);
        var before = features.Open("demo")!;
        Assert.Equal(DemoFeatures.Set.Suggestions(1337).Select(each => each.Words), before.Suggestions(1337).Select(each => each.Words));
        var changed = new List<string>();
        folders.Changed += changed.Add;

        // Of a language model: made with another dataset, it is about the same feature.
        var info = before.Index.Info;
        var models = Directory.CreateDirectory(folders.OfModels(info.SaeHash)).FullName;
        LabelSuggestions.Add(models, info with { DatasetHash = "dd" }, [Made("taiko ensemble", SuggestionMethod.LanguageModel, "label-1 m")], anyDataset: true);
        Assert.Same(before, features.Open("demo"));
        folders.Announce(info.SaeHash);
        var after = features.Open("demo")!;
        Assert.Equal([info.SaeHash], changed);
        Assert.Same(before.Index, after.Index);
        Assert.Equal(before.Suggestions(1337).Select(each => each.Words).Prepend("taiko ensemble"), after.Suggestions(1337).Select(each => each.Words));
        Assert.Equal(before.Suggestions(1), after.Suggestions(1));

        // A name that passed its test stays in front of one of a model that was not tested.
        var passed = Enumerable.Range(0, before.Index.Count).First(feature => before.Suggestion(feature) is { IsSure: true });
        LabelSuggestions.Add(models, info with { DatasetHash = "dd" }, [Made("untested", SuggestionMethod.LanguageModel, "label-1 m") with { Feature = passed }], anyDataset: true);
        folders.Announce(info.SaeHash);
        Assert.Equal([before.Suggestion(passed)!.Words, "untested"], features.Open("demo")!.Suggestions(passed).Take(2).Select(each => each.Words));

        // Those of programs are the index's own; the data folder's count only where the index has none.
        var kept = Directory.CreateDirectory(folders.OfIndex(info.SaeHash)).FullName;
        LabelSuggestions.Add(kept, info, [Made("kept elsewhere", SuggestionMethod.DescriptorContrast, "v 9")]);
        folders.Announce(info.SaeHash);
        Assert.DoesNotContain("kept elsewhere", features.Open("demo")!.Suggestions(1337).Select(each => each.Words));
        File.Delete(Path.Combine(sae, "index", LabelSuggestions.FileName));
        folders.Announce(info.SaeHash);
        Assert.Equal(["taiko ensemble", DemoFeatures.Set.Hint(1337)!.Words, "kept elsewhere"], features.Open("demo")!.Suggestions(1337).Select(each => each.Words));

        // One that was made for other weights is refused with its reason, and the others are there.
        File.WriteAllText(Path.Combine(kept, LabelSuggestions.FileName), "{\"version\":1,\"saeHash\":\"aa\",\"datasetHash\":\"bb\",\"floor\":{},\"count\":0}\n");
        folders.Announce(info.SaeHash);
        Assert.Contains(kept, Assert.Single(features.Open("demo")!.FileProblems), StringComparison.Ordinal);
        Assert.Equal("taiko ensemble", features.Open("demo")!.Suggestion(1337)!.Words);
        Assert.Throws<ArgumentException>(() => folders.OfModels("../x"));

        static LabelSuggestion Made(string text, SuggestionMethod method, string version) => new() { Feature = 1337, Text = text, Method = method, Version = version, ContentHash = "aa", Confidence = 0.9 };
    }

    private FeatureSet Opened(string name, DetectionScore? detection, SuggestionMethod method = SuggestionMethod.CaptionContrast, DetectionScore? floor = null)
    {
        Copy(folder[name]);
        File.Delete(Path.Combine(folder[name], LabelSuggestions.FileName));
        var index = FeatureIndex.Open(folder[name]);
        var info = new LabelSuggestionsInfo
        {
            SaeHash = index.Info.SaeHash, DatasetHash = index.Info.DatasetHash, Count = 1, Floor = floor is null ? new Dictionary<string, DetectionScore>() : new Dictionary<string, DetectionScore> { ["captionContrast"] = floor },
        };
        LabelSuggestions.Write(folder[name], info, index.Count, [new LabelSuggestion { Feature = 1337, Text = "low drums", Method = method, Version = "v 1", ContentHash = "aa", Confidence = 0.5, Detection = detection }]);
        return new FeatureSet(index, ClipDataset.Open(DemoFeatures.Dataset), "demo");
    }

    private static void Copy(string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(Path.Combine(DemoFeatures.Sae, "index"))) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private sealed class Lines : ILogger<FeatureCatalog>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add(string.Create(CultureInfo.InvariantCulture, $"{logLevel}: {formatter(state, exception)}"));
    }
}
