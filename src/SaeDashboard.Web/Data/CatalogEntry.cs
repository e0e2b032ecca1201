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
