using System.Globalization;

namespace SaeDashboard.Core.Steering;

/// <summary>A ladder in words.</summary>
public static class LadderText
{
    /// <summary>One line: "Feature 12: up audible from +4, strong from +8, breaks at +32; down not surely heard up to −64 × p99".</summary>
    public static string Of(FeatureLadder ladder)
    {
        ArgumentNullException.ThrowIfNull(ladder);
        return string.Create(CultureInfo.InvariantCulture, $"Feature {ladder.Feature}: up {Of(ladder.Up)}; down {Of(ladder.Down)}, in multiples of p99");
    }

    /// <summary>A direction: "audible from +4, strong from +8, breaks at +32".</summary>
    public static string Of(LadderReach reach)
    {
        ArgumentNullException.ThrowIfNull(reach);
        var words = new List<string>();
        if (reach.Audible is { } audible && audible != reach.Strong) words.Add($"audible from {Strength(audible)}");
        if (reach.Strong is { } strong) words.Add($"strong from {Strength(strong)}");
        if (reach is { Audible: null, Tested: { } tested }) words.Add($"not surely heard up to {Strength(tested)}");
        if (reach.Breaks is { } breaks) words.Add($"breaks at {Strength(breaks)}");
        return words.Count == 0 ? "not tested" : string.Join(", ", words);
    }

    /// <summary>"+0.5", "−8".</summary>
    public static string Strength(double strength) => strength.ToString("+0.###;−0.###;0", CultureInfo.InvariantCulture);

    /// <summary>The level of a rung.</summary>
    public static string Of(LadderLevel level) => level switch
    {
        LadderLevel.Unsure => "not surely heard",
        LadderLevel.Audible => "audible",
        LadderLevel.Strong => "strong",
        LadderLevel.Breaks => "breaks",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "Unknown value."),
    };

    /// <summary>Why clips count as broken.</summary>
    public static string Of(LadderFault fault) => fault switch
    {
        LadderFault.NotFinite => "the model’s output is not finite",
        LadderFault.Silent => "silent, or nearly: quieter than 95 % of the dataset’s clips",
        LadderFault.Clipped => "beyond full scale",
        LadderFault.Repetitive => "the same codes again and again",
        LadderFault.Disordered => "codes without order, as of noise",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Unknown value."),
    };
}
