namespace SaeDashboard.Web.Data;

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
