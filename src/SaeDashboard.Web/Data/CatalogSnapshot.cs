namespace SaeDashboard.Web.Data;

/// <summary>The catalog at one moment; never changed.</summary>
internal sealed record CatalogSnapshot(IReadOnlyList<CatalogModel> Models, IReadOnlyList<CatalogDataset> Datasets, IReadOnlyList<CatalogSae> Saes)
{
    public static CatalogSnapshot Empty { get; } = new([], [], []);

    /// <summary>Puts the three together: each SAE is told where its model and data set are.</summary>
    public static CatalogSnapshot Of(IReadOnlyList<CatalogModel> models, IReadOnlyList<CatalogDataset> datasets, IReadOnlyList<CatalogSae> saes) => new(models, datasets,
    [
        .. saes.Select(sae => sae with
        {
            ModelId = models.FirstOrDefault(model => model.IsReady && model.Hash == sae.ModelHash)?.Id,
            DatasetId = datasets.FirstOrDefault(dataset => dataset.IsReady && dataset.Hash == sae.DatasetHash)?.Id,
        }),
    ]);
}
