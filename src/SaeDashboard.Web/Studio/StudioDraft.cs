namespace SaeDashboard.Web.Studio;

/// <summary>What a person has set up in the studio and not lost: kept on the server as JSON, one per person.</summary>
public sealed record StudioDraft
{
    public string Prompt { get; init; } = "";

    public double Seconds { get; init; } = 8;

    public ulong Seed { get; init; } = 1;

    /// <summary>Whether the next take keeps <see cref="Seed"/>; otherwise it draws a new one.</summary>
    public bool SeedLocked { get; init; }

    public double Guidance { get; init; } = 3;

    public double Temperature { get; init; } = 1;

    /// <summary>Tokens kept before the draw; 0 keeps all.</summary>
    public int TopK { get; init; } = 250;

    /// <summary>Which half of the guidance pair is steered: both, conditional or unconditional.</summary>
    public string Rows { get; init; } = "both";

    /// <summary>The SAE whose features stand in the rack, by its id in the catalog; null: the newest.</summary>
    public string? Sae { get; init; }

    public IReadOnlyList<RackStrip> Rack { get; init; } = [];
}
