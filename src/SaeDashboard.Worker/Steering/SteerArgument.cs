using System.Globalization;

namespace SaeDashboard.Worker.Steering;

/// <summary>One <c>--steer SAE:FEATURE=STRENGTH</c>.</summary>
/// <param name="Sae">SAE folder.</param>
/// <param name="Feature">Index in its dictionary.</param>
/// <param name="Strength">In multiples of the feature's p99 (a factor for scaling).</param>
internal sealed record SteerArgument(string Sae, int Feature, double Strength)
{
    /// <summary>Parses from the right, so that a folder's name may hold ':' or '='. Null when the form is not met.</summary>
    public static SteerArgument? Parse(string text)
    {
        var equals = text.LastIndexOf('=');
        var colon = equals > 0 ? text.LastIndexOf(':', equals) : -1;
        if (colon < 1) return null;
        return int.TryParse(text[(colon + 1)..equals], NumberStyles.None, CultureInfo.InvariantCulture, out var feature)
            && double.TryParse(text[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var strength)
            && double.IsFinite(strength)
            ? new SteerArgument(text[..colon], feature, strength)
            : null;
    }
}
