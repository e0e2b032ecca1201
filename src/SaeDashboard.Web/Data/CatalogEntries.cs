namespace SaeDashboard.Web.Data;

/// <summary>A folder that was found: what models, datasets and SAEs have in common.</summary>
public abstract record CatalogEntry
{
    /// <summary>Its name in URLs: lower-case letters, digits and hyphens, unique among its kind.</summary>
    public required string Id { get; init; }

    /// <summary>Its name for people.</summary>
    public required string Name { get; init; }

    /// <summary>The folder, absolute.</summary>
    public required string Path { get; init; }

    /// <summary>Size of all its files.</summary>
    public long Bytes { get; init; }

    /// <summary>When its newest file was written, UTC.</summary>
    public DateTimeOffset ModifiedUtc { get; init; }

    /// <summary>Names, sizes and times of its files: while it is equal, nothing has changed.</summary>
    public string Stamp { get; init; } = "";

    /// <summary>Whether its files changed while the site was up, and were read again.</summary>
    public bool ReadAgain { get; init; }

    /// <summary>How far it is known.</summary>
    public CatalogState State { get; init; } = CatalogState.Reading;

    /// <summary>Why it was refused: what is wrong, where, and what to do.</summary>
    public string? Problem { get; init; }

    /// <summary>SHA-256 of what it holds (weights, or metadata and codes), lower-case hexadecimal; null until it is known.</summary>
    public string? Hash { get; init; }

    /// <summary>Whether it came with the program.</summary>
    public bool Shipped { get; init; }

    public bool IsReady => State == CatalogState.Ready;
}

/// <summary>How far something in the catalog is known.</summary>
public enum CatalogState
{
    /// <summary>It can be used, and its hash is known.</summary>
    Ready,

    /// <summary>It is sound as far as seen; its hash is still being computed.</summary>
    Reading,

    /// <summary>It cannot be used; the problem says why.</summary>
    Refused,
}

/// <summary>A music model.</summary>
public sealed record CatalogModel : CatalogEntry
{
    /// <summary>Layers of the decoder: 0 … this less one can be listened to.</summary>
    public int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public int Width { get; init; }

    /// <summary>Codebooks of a column.</summary>
    public int Codebooks { get; init; }

    /// <summary>Channels of its sound: 1, or 2 of a stereo model.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Whether it can follow the melody of a sound.</summary>
    public bool FollowsMelody { get; init; }

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; init; }

    /// <summary>Codec frames a second.</summary>
    public double FrameRate { get; init; }

    /// <summary>Numbers in its tensors.</summary>
    public long Parameters { get; init; }

    /// <summary>SHA-256 of the codec: codes play on every model that has the same. Null until it is known.</summary>
    public string? CodecHash { get; init; }
}

/// <summary>A dataset of clips kept as codes.</summary>
public sealed record CatalogDataset : CatalogEntry
{
    public int Clips { get; init; }

    /// <summary>Of all clips together.</summary>
    public double Hours { get; init; }

    /// <summary>Codebooks of its codes.</summary>
    public int Codebooks { get; init; }

    /// <summary>Frames of each clip.</summary>
    public int Frames { get; init; }

    /// <summary>Clips in each split: sae-train, select, test.</summary>
    public IReadOnlyDictionary<string, int> Splits { get; init; } = new Dictionary<string, int>();
}

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

    /// <summary>Explained variance on the held-out clips of its training, as its folder says; null: it does not.</summary>
    public double? ExplainedVariance { get; init; }

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
