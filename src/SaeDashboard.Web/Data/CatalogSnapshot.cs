namespace SaeDashboard.Web.Data;

/// <summary>The catalog at one moment; never changed.</summary>
internal sealed record CatalogSnapshot(IReadOnlyList<CatalogModel> Models, IReadOnlyList<CatalogDataset> Datasets, IReadOnlyList<CatalogSae> Saes)
{
    public static CatalogSnapshot Empty { get; } = new([], [], []);

    /// <summary>Joins the three: each SAE gets the places of its model and dataset.</summary>
    public static CatalogSnapshot Of(IReadOnlyList<CatalogModel> models, IReadOnlyList<CatalogDataset> datasets, IReadOnlyList<CatalogSae> saes) => new(models, datasets,
    [
        .. saes.Select(sae => sae with
        {
            ModelId = models.FirstOrDefault(model => model.IsReady && model.Hash == sae.ModelHash)?.Id,
            DatasetId = datasets.FirstOrDefault(dataset => dataset.IsReady && dataset.Hash == sae.DatasetHash)?.Id,
        }),
    ]);
}
