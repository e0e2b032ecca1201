using System.Globalization;
using SaeDashboard.Core.Steering;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Sounds;

/// <summary>How far “Hear it steered” turns a feature.</summary>
/// <param name="Strength">Multiples of its p99; above 0. The other arm has it with a minus sign.</param>
/// <param name="Why">Where it comes from: a sentence for the page.</param>
public sealed record PreviewStrength(double Strength, string Why)
{
    /// <summary>Without a ladder: that of a new strip in the Studio.</summary>
    public const double Usual = 3;

    /// <summary>The strength of a feature: the least that its strength ladder calls strong, else audible, when it is turned up; else the usual one.</summary>
    /// <param name="measured">Its ladder; null: it was not measured.</param>
    public static PreviewStrength Of(LadderView? measured)
    {
        if (measured is null) return new(Usual, $"Turned by {Text(Usual)} × p99, as its strength ladder is not measured.");
        if (measured.Stale is not null) return new(Usual, $"Turned by {Text(Usual)} × p99, as its strength ladder is stale.");
        var (up, down) = (measured.Ladder.Up, measured.Ladder.Down);
        var (strength, why) = up switch
        {
            { Strong: { } strong } => (strong, "from which it is strong by its strength ladder"),
            { Audible: { } audible } => (audible, "from which it is audible by its strength ladder, which finds none that is strong"),
            { Breaks: <= Usual, Tested: { } whole } => (whole, "the most that its strength ladder tested before the music breaks; it is not surely heard"),
            { Breaks: { } breaks and <= Usual } => (breaks / 2, "half of what breaks the music by its strength ladder"),
            _ => (Usual, "as its strength ladder finds none at which it is surely heard"),
        };
        var sentence = $"Turned by {Text(strength)} × p99, {why}.";
        if (down.Breaks >= -strength) sentence += $" Turned down, the music breaks at {LadderText.Strength(down.Breaks.Value)} × p99.";
        return new(strength, sentence);
    }

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
