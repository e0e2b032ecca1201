namespace SaeDashboard.Web.Data;

/// <summary>A sparse autoencoder.</summary>
public sealed record CatalogSae : CatalogEntry
{
    /// <summary>Size of the dictionary.</summary>
    public int Latents { get; init; }

    /// <summary>Width of the residual stream it reads.</summary>
    public int Width { get; init; }

    /// <summary>Latents kept in a column (topk), groups (groupmax); 0 for every other architecture.</summary>
    public int K { get; init; }

    /// <summary>Whose layout its folder has: SAELens, sparsify or dictionary_learning.</summary>
    public string Format { get; init; } = "";

    /// <summary>topk, standard, jumprelu, gated or groupmax.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>Where it reads and writes: "layers.4.resid_post".</summary>
    public string Hook { get; init; } = "";

    /// <summary>The same for a person: "layer 4", or "layer 4, mlp_out"; null when its folder does not say.</summary>
    public string? Place => Hook.Length > 0 ? SaeHook.WordsOf(Hook) : null;

    /// <summary>What a person should know of how its folder was read.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>SHA-256 of the model it was trained on; null when its folder does not say.</summary>
    public string? ModelHash { get; init; }

    /// <summary>SHA-256 of the dataset its index (or else its training) was made of.</summary>
    public string? DatasetHash { get; init; }

    /// <summary>Whether its features are indexed, and the index is of these weights.</summary>
    public bool HasIndex { get; init; }

    /// <summary>Whether its folder names a place in a model at which features can be measured.</summary>
    public bool CanBeIndexed => SaeHook.Parse(Hook) is not null;

    /// <summary>Why there is no index that can be used.</summary>
    public string? IndexProblem { get; init; }

    /// <summary>The model's id in the catalog; null: it is not here.</summary>
    public string? ModelId { get; init; }

    /// <summary>The dataset's id in the catalog; null: it is not here.</summary>
    public string? DatasetId { get; init; }
}
