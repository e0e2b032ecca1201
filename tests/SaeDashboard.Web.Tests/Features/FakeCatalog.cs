using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>The demo as the catalog would show it.</summary>
internal sealed class FakeCatalog : ICatalog
{
    public IReadOnlyList<CatalogModel> Models { get; init; } =
        [new CatalogModel { Id = "demo", Name = "demo", Path = "/models/demo", State = CatalogState.Ready, Codebooks = 4, CodecHash = "c0dec", Hash = "m0del" }];

    public IReadOnlyList<CatalogDataset> Datasets { get; init; } =
        [new CatalogDataset { Id = "demo", Name = "demo", Path = DemoFeatures.Dataset, State = CatalogState.Ready, Codebooks = 4, Hash = "da7a" }];

    public IReadOnlyList<CatalogSae> Saes { get; init; } =
        [new CatalogSae { Id = "demo", Name = "demo", Path = DemoFeatures.Sae, State = CatalogState.Ready, HasIndex = true, DatasetId = "demo", ModelId = "demo", Hook = "layers.4.resid_post" }];

    public bool HasLooked { get; init; } = true;

    public event Action? Changed
    {
        add { }
        remove { }
    }

    public Task RescanAsync(CancellationToken ct) => Task.CompletedTask;

    public CatalogModel? Model(string id) => Models.FirstOrDefault(each => each.Id == id);

    public CatalogDataset? Dataset(string id) => Datasets.FirstOrDefault(each => each.Id == id);

    public CatalogSae? Sae(string id) => Saes.FirstOrDefault(each => each.Id == id);

    public CatalogModel? ModelByHash(string hash) => Models.FirstOrDefault(each => each.Hash == hash);

    public CatalogModel? ModelByCodecHash(string codecHash) => Models.FirstOrDefault(each => each.CodecHash == codecHash);

    public CatalogDataset? DatasetByHash(string hash) => Datasets.FirstOrDefault(each => each.Hash == hash);

    public CatalogSae? SaeByHash(string hash) => Saes.FirstOrDefault(each => each.Hash == hash);

    public CatalogModel? ModelByPath(string path) => Models.FirstOrDefault(each => each.Path == path);

    public CatalogDataset? DatasetByPath(string path) => Datasets.FirstOrDefault(each => each.Path == path);

    public CatalogSae? SaeByPath(string path) => Saes.FirstOrDefault(each => each.Path == path);
}
