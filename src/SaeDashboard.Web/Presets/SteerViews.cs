using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Presets;

/// <summary>What is known here of the features a preset turns: names by the SAE's hash, colours while the SAE is here.</summary>
public sealed class SteerViews(ICatalog catalog, FeatureCatalog features, FeatureLabels labels)
{
    /// <summary>The steers of one preset, in its order.</summary>
    public IReadOnlyList<SteerView> Of(string saeHash, IReadOnlyList<PresetSteer> steers)
    {
        var known = new[] { saeHash }.Concat(steers.Select(steer => steer.Sae).OfType<string>()).Distinct().ToDictionary(hash => hash, Known);
        return
        [
            .. steers.Select(steer =>
            {
                var (names, sae, set) = known[steer.Sae ?? saeHash];
                var label = names.GetValueOrDefault(steer.Feature);
                var row = set is not null && (uint)steer.Feature < (uint)set.Index.Count ? set.Row(steer.Feature, label) : null;
                return new SteerView(
                    steer.Feature, label?.Text ?? steer.Label ?? row?.Suggestion?.Words, row?.HueDegrees, steer.Strength, steer.Mode, steer.P99, row is null ? null : $"features/{sae!.Id}/{steer.Feature}") { How = How(steer) };
            }),
        ];
    }

    /// <summary>When it acts, in words; null: everywhere.</summary>
    internal static string? How(PresetSteer steer)
    {
        string?[] ways =
        [
            steer.Onset > 0 ? FormattableString.Invariant($"from column {steer.Onset} on") : null,
            steer.Envelope is { Count: > 0 } envelope ? FormattableString.Invariant($"envelope of {envelope.Count} {(envelope.Count == 1 ? "point" : "points")}") : null,
            steer.Condition is { } when ? FormattableString.Invariant($"where #{when.Feature} is above {when.Threshold:0.##} × p99") : null,
            steer.Muted ? "off until a move turns it on" : null,
        ];
        return ways.OfType<string>().ToArray() is { Length: > 0 } some ? string.Join(", ", some) : null;
    }

    private (IReadOnlyDictionary<int, CurrentLabel> Names, CatalogSae? Sae, FeatureSet? Set) Known(string hash)
    {
        var sae = catalog.SaeByHash(hash);
        return (labels.Current(hash), sae, sae is null ? null : Open(sae));
    }

    private FeatureSet? Open(CatalogSae sae)
    {
        try
        {
            return features.Open(sae.Id);
        }
        catch (UserException)
        {
            // Colours are worth less than the page; the Data page says what is wrong with the index.
            return null;
        }
    }
}

/// <summary>A turned feature as pages show it.</summary>
/// <param name="Feature">Its index.</param>
/// <param name="Name">What people call it here, or else the words its strongest clips share; null: nothing is known of it.</param>
/// <param name="Hue">Degrees; null where its SAE is not here.</param>
/// <param name="Strength">Multiples of p99, or a factor (scale).</param>
/// <param name="Mode">add, clamp, atLeast, scale or ablate.</param>
/// <param name="P99">The unit, as raw activation.</param>
/// <param name="Href">Its page; null where its SAE is not here.</param>
public sealed record SteerView(int Feature, string? Name, int? Hue, double Strength, string Mode, double P99, string? Href)
{
    /// <summary>When it acts, in words; null: everywhere.</summary>
    public string? How { get; init; }

    /// <summary>How far, with its unit.</summary>
    public string Amount => Mode switch
    {
        "ablate" => "off",
        "scale" => FormattableString.Invariant($"× {(Strength < 0 ? "−" : "")}{Math.Abs(Strength):0.0#}"),
        _ => FormattableString.Invariant($"{(Strength < 0 ? "−" : "+")}{Math.Abs(Strength):0.0#} × p99"),
    };

    /// <summary>The mode in words.</summary>
    public string ModeWords => Mode == "atLeast" ? "at least" : Mode;

    /// <summary>The same as raw activation; null where the mode has none.</summary>
    public string? Raw => Mode is "ablate" or "scale" ? null : FormattableString.Invariant($"{(Strength < 0 ? "−" : "")}{Math.Abs(Strength) * P99:0.00}");
}
