namespace SaeDashboard.Web.Presets;

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
