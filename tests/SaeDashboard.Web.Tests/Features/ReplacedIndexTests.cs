using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>An SAE is copied over itself while its features are looked at.</summary>
public sealed class ReplacedIndexTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Database database;

    public ReplacedIndexTests()
    {
        Directory.CreateDirectory(folder["data"]);
        database = Database.Open(folder["data"]);
        foreach (var (from, to) in new[] { (Path.Combine(DemoFeatures.Sae, "index"), folder["sae/index"]), (DemoFeatures.Dataset, folder["set"]) })
        {
            Directory.CreateDirectory(to);
            foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private string Index => folder["sae/index/features.safetensors"];

    public void Dispose()
    {
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Lists_continue_and_what_cannot_be_drawn_is_empty_and_said()
    {
        var features = Features(() => "one");
        var set = features.Open("demo")!;
        var portrait = PortraitPaths.Of(set, 1337);
        Assert.Null(set.Problem);
        Cut(Index);
        Cut(folder["set/codes.safetensors"]);
        var page = features.Query(set, new FeatureQuery { Text = "taiko", All = true });
        Assert.Equal(FeatureFilter.Apply(DemoFeatures.Set, new Dictionary<int, CurrentLabel>(), new FeatureQuery { Text = "taiko", All = true }).Length, page.Total);
        Assert.NotEqual(portrait, PortraitPaths.Of(set, 1337));
        Assert.All(PortraitPaths.Of(set, 1337), path => Assert.Empty(path));
        Assert.Contains(Index, set.Problem, StringComparison.Ordinal);
        Assert.False(Listening.Sounds(set, set.Index.TopClips(1337)[0]));
        Assert.Equal("0.00", Listening.Beginning(set, 1337, 0));
    }

    [Fact]
    public void What_the_catalog_saw_change_is_opened_again_and_the_rest_is_not()
    {
        var stamp = "one";
        var features = Features(() => stamp);
        var first = features.Open("demo")!;
        Assert.Same(first, features.Open("demo"));
        stamp = "two";
        var second = features.Open("demo")!;
        Assert.NotSame(first, second);
        Assert.NotSame(first.Clips, second.Clips);
        Assert.Same(second, features.Open("demo"));
        // Those who still read the older one can.
        Assert.NotEmpty(first.Strip(1337, 0).Columns);
    }

    [Fact]
    public void An_index_that_cannot_be_opened_is_tried_again()
    {
        var features = Features(() => "one");
        var bytes = File.ReadAllBytes(Index);
        File.WriteAllBytes(Index, bytes[..1000]);
        Assert.Throws<Core.UserException>(() => features.Open("demo"));
        File.WriteAllBytes(Index, bytes);
        Assert.NotNull(features.Open("demo"));
    }

    private FeatureCatalog Features(Func<string> stamp)
    {
        var catalog = new StampedCatalog(folder["sae"], folder["set"], stamp);
        return new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)), new FeatureLabels(new LabelRepository(database), new RatingRepository(database), new CountingStore()));
    }

    private static void Cut(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(5000);
    }

    private sealed class StampedCatalog(string sae, string set, Func<string> stamp) : ICatalog
    {
        public IReadOnlyList<CatalogModel> Models => [];

        public IReadOnlyList<CatalogDataset> Datasets => [new CatalogDataset { Id = "demo", Name = "demo", Path = set, Stamp = stamp(), State = CatalogState.Ready, Codebooks = 4, Hash = "da7a" }];

        public IReadOnlyList<CatalogSae> Saes => [new CatalogSae { Id = "demo", Name = "demo", Path = sae, Stamp = stamp(), State = CatalogState.Ready, HasIndex = true, DatasetId = "demo" }];

        public bool HasLooked => true;

        public event Action? Changed
        {
            add { }
            remove { }
        }

        public Task RescanAsync(CancellationToken ct) => Task.CompletedTask;

        public CatalogModel? Model(string id) => null;

        public CatalogDataset? Dataset(string id) => Datasets[0];

        public CatalogSae? Sae(string id) => Saes[0];

        public CatalogModel? ModelByHash(string hash) => null;

        public CatalogModel? ModelByCodecHash(string codecHash) => null;

        public CatalogDataset? DatasetByHash(string hash) => Datasets[0];

        public CatalogSae? SaeByHash(string hash) => Saes[0];

        public CatalogModel? ModelByPath(string path) => null;

        public CatalogDataset? DatasetByPath(string path) => Datasets[0];

        public CatalogSae? SaeByPath(string path) => Saes[0];
    }
}
