namespace SaeDashboard.Web.Data;

/// <summary>The models, datasets and SAEs in the data folder and those registered by reference. Thread-safe.</summary>
public interface ICatalog
{
    /// <summary>Shipped ones first, then by name; refused ones too.</summary>
    IReadOnlyList<CatalogModel> Models { get; }

    /// <inheritdoc cref="Models"/>
    IReadOnlyList<CatalogDataset> Datasets { get; }

    /// <inheritdoc cref="Models"/>
    IReadOnlyList<CatalogSae> Saes { get; }

    /// <summary>Something was found, has gone, or is known better. Raised on a thread of the catalog's.</summary>
    event Action? Changed;

    /// <summary>Looks again at once, and returns when every hash is known. What changes by itself is seen within seconds anyway.</summary>
    Task RescanAsync(CancellationToken ct);

    CatalogModel? Model(string id);

    CatalogDataset? Dataset(string id);

    CatalogSae? Sae(string id);

    /// <summary>A usable model with these weights.</summary>
    CatalogModel? ModelByHash(string hash);

    /// <summary>A usable model whose codec plays these codes.</summary>
    CatalogModel? ModelByCodecHash(string codecHash);

    /// <summary>A usable dataset of this content.</summary>
    CatalogDataset? DatasetByHash(string hash);

    /// <summary>A usable SAE with these weights; one with an index is preferred.</summary>
    CatalogSae? SaeByHash(string hash);

    CatalogModel? ModelByPath(string path);

    CatalogDataset? DatasetByPath(string path);

    CatalogSae? SaeByPath(string path);
}
