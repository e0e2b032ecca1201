namespace SaeDashboard.Core.Takes;

/// <summary>Everything that decides how a take sounds: what a person asked for, with the seed resolved.</summary>
public sealed record TakeSettings
{
    /// <summary>The model's folder.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The SAE's folder; null for a take without steering.</summary>
    public string? SaePath { get; init; }

    /// <summary>The prompt, or null for the null condition.</summary>
    public string? Prompt { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Length in codec frames.</summary>
    public required int Frames { get; init; }

    public double Guidance { get; init; } = 3;

    public double Temperature { get; init; } = 1;

    /// <summary>Tokens kept before the draw; 0 keeps all.</summary>
    public int TopK { get; init; } = 250;

    public double TopP { get; init; } = 1;

    /// <summary>Always the likeliest code: temperature, top-k and top-p then do nothing.</summary>
    public bool Greedy { get; init; }

    /// <summary>Beyond the longest window of the model: frames of a window; more than the longest: the longest. Null, with <see cref="Stride"/>: as
    /// the program does it.</summary>
    public int? Window { get; init; }

    /// <summary>Beyond the longest window of the model: frames from one window's beginning to the next one's; null: 0.6 of the window.</summary>
    public int? Stride { get; init; }

    /// <summary>The number of the piece in a batch: other noise from the same seed.</summary>
    public int Piece { get; init; }

    /// <summary>Which half of the guidance pair is steered: both, conditional or unconditional.</summary>
    public string Rows { get; init; } = "both";

    /// <summary>The arms to make, of <see cref="TakeArms"/>, all from the same noise.</summary>
    public IReadOnlyList<string> Arms { get; init; } = [TakeArms.Baseline, TakeArms.Steered];

    public IReadOnlyList<TakeSteer> Steers { get; init; } = [];
}
