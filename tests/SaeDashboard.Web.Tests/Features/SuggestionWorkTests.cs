using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.TestSupport;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Names are suggested for an index that has none, without anything being asked for: once, and again when they can be tested.</summary>
public sealed class SuggestionWorkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SuggestionFolders folders;

    public SuggestionWorkTests()
    {
        folders = new SuggestionFolders(folder["suggestions"]);
        Directory.CreateDirectory(folder["sae/index"]);
        foreach (var file in Directory.GetFiles(Path.Combine(DemoFeatures.Sae, "index"))) File.Copy(file, Path.Combine(folder["sae/index"], Path.GetFileName(file)));
        File.Delete(Names);
        File.Delete(Clips);
    }

    private string Names => folder[$"sae/index/{LabelSuggestions.FileName}"];

    private string Clips => folder[$"sae/index/{DetectionClips.FileName}"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_index_gets_names_once_and_scores_when_there_are_clips_to_test_them_on()
    {
        Directory.CreateDirectory(folder["data"]);
        using var database = Database.Open(folder["data"]);
        var catalog = Catalog("1");
        var work = Work(catalog);
        var features = Features(catalog, database);
        var before = features.Open("demo")!;
        Assert.Null(before.SuggestionsInfo);
        var shares = new List<double>();
        work.Changed += path => shares.Add(work.Of(path)?.Share ?? 1);
        work.LookAtAll(TestContext.Current.CancellationToken);

        Assert.True(shares.Count > 10 && shares[^1] == 1, "its progress is raised, and that it is done");
        Assert.Equal(shares.Order(), shares);
        Assert.Null(work.Of(folder["sae"]));
        // The page's next look has them, of the index that is open.
        var after = features.Open("demo")!;
        Assert.Same(before.Index, after.Index);
        Assert.Equal((CaptionSource.Captions, null), (after.SuggestionsInfo!.Captions, after.SuggestionsInfo.Clips));
        Assert.True(after.SuggestionsInfo.Count > 1500, $"{after.SuggestionsInfo.Count} names");
        Assert.Contains(after.Suggestions(1337), each => each is { Kind: SuggestionKind.CaptionContrast, Detection: null });

        // What a language model said stays, whatever is made again.
        LabelSuggestions.Add(folder["sae/index"], after.Index.Info, [new LabelSuggestion { Feature = 7, Text = "heard", Method = SuggestionMethod.LanguageModel, Version = "label-1 m", ContentHash = "aa", Confidence = 0.9 }]);
        var written = File.GetLastWriteTimeUtc(Names);
        Work(Catalog("2")).LookAtAll(TestContext.Current.CancellationToken);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Names));

        // Clips to test on appear: the names are those of the demo, with their scores.
        File.Copy(Path.Combine(DemoFeatures.Sae, "index", DetectionClips.FileName), Clips);
        Work(Catalog("3")).LookAtAll(TestContext.Current.CancellationToken);
        var lines = File.ReadAllLines(Names);
        Assert.Equal(File.ReadAllLines(Path.Combine(DemoFeatures.Sae, "index", LabelSuggestions.FileName)).Skip(1), lines.Skip(1).Where(line => !line.Contains("languageModel", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.Contains("heard", StringComparison.Ordinal));
        Assert.Contains(features.Open("demo")!.Suggestions(1337), each => each.Detection is not null);
    }

    [Fact]
    public void Without_the_dataset_descriptors_name_features_until_it_is_here()
    {
        Work(Catalog("1", dataset: false)).LookAtAll(TestContext.Current.CancellationToken);
        var info = FeatureIndex.Open(folder["sae/index"]).Info;
        var alone = LabelSuggestions.Open(folder["sae/index"], info)!;
        Assert.Equal(CaptionSource.DatasetMissing, alone.Info.Captions);
        Assert.All(alone.Features.SelectMany(alone.Of), each => Assert.Equal(SuggestionMethod.DescriptorContrast, each.Method));
        Assert.NotEmpty(alone.Features);
        var written = File.GetLastWriteTimeUtc(Names);
        Work(Catalog("2", dataset: false)).LookAtAll(TestContext.Current.CancellationToken);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Names));
        Work(Catalog("3")).LookAtAll(TestContext.Current.CancellationToken);
        Assert.Equal(CaptionSource.Captions, LabelSuggestions.ReadInfo(folder["sae/index"])!.Captions);
    }

    [Fact]
    public void An_index_that_cannot_be_written_has_its_names_in_the_data_folder_and_what_fails_is_said_until_it_is_tried_again()
    {
        var info = FeatureIndex.Open(folder["sae/index"]).Info;
        Directory.CreateDirectory(folder["suggestions"]);
        if (!OperatingSystem.IsWindows()) foreach (var path in new[] { folder.Path, folder["suggestions"] }) File.SetUnixFileMode(path, (UnixFileMode)0x1FF);
        var catalog = Catalog("1", dataset: false);
        Unprivileged.Run(folder["sae/index"], () => Work(catalog).LookAtAll(CancellationToken.None));
        Assert.False(File.Exists(Names));
        var kept = folders.OfIndex(info.SaeHash);
        Assert.NotEmpty(LabelSuggestions.Open(kept, info)!.Features);
        var written = File.GetLastWriteTimeUtc(Path.Combine(kept, LabelSuggestions.FileName));
        Work(Catalog("2", dataset: false)).LookAtAll(TestContext.Current.CancellationToken);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(kept, LabelSuggestions.FileName)));
        Assert.False(File.Exists(Names));

        Directory.Delete(folder["suggestions"], recursive: true);
        var index = File.ReadAllBytes(folder["sae/index/features.safetensors"]);
        File.WriteAllText(folder["sae/index/features.safetensors"], "cut");
        var work = Work(catalog);
        work.LookAtAll(TestContext.Current.CancellationToken);
        Assert.Contains("features.safetensors", work.Of(folder["sae"])!.Problem, StringComparison.Ordinal);
        File.WriteAllBytes(folder["sae/index/features.safetensors"], index);
        // Not by itself: nothing that it knows of has changed.
        work.LookAtAll(TestContext.Current.CancellationToken);
        Assert.NotNull(work.Of(folder["sae"]));
        work.Retry(folder["sae"]);
        work.LookAtAll(TestContext.Current.CancellationToken);
        Assert.Null(work.Of(folder["sae"]));
        Assert.True(File.Exists(Names));
    }

    private FakeCatalog Catalog(string stamp, bool dataset = true) => new()
    {
        Saes = [new CatalogSae { Id = "demo", Name = "demo", Path = folder["sae"], State = CatalogState.Ready, HasIndex = true, Stamp = stamp, DatasetId = dataset ? "demo" : null }],
    };

    private SuggestionWork Work(FakeCatalog catalog) => new(catalog, Library(catalog), folders, NullLogger<SuggestionWork>.Instance);

    private ClipLibrary Library(FakeCatalog catalog) => new(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20));

    private FeatureCatalog Features(FakeCatalog catalog, Database database) =>
        new(catalog, Library(catalog), new FeatureLabels(new LabelRepository(database), new RatingRepository(database), new CountingStore()), null, folders);
}
