using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Home;

/// <summary>A feature that is worth hearing first.</summary>
/// <param name="SaeId">Its SAE in the catalog.</param>
/// <param name="Set">The SAE's features.</param>
/// <param name="Row">The feature.</param>
/// <param name="Preset">A preset that turns it, if there is one.</param>
public sealed record Teaser(string SaeId, FeatureSet Set, FeatureRow Row, PresetRow? Preset)
{
    /// <summary>What to call it: its label, else what its preset or its clips' captions say.</summary>
    public string Name => Row.Label ?? Preset?.Name ?? Capitalised(Row.Hint?.Words) ?? $"Feature {Row.Index}";

    private static string? Capitalised(string? words) => words is { Length: > 0 } ? char.ToUpperInvariant(words[0]) + words[1..] : null;
}
