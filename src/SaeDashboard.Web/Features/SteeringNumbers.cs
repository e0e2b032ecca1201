using System.Globalization;
using SaeDashboard.Core.Steering;

namespace SaeDashboard.Web.Features;

/// <summary>The figures of a steering table as text; a missing one is a dash.</summary>
internal static class SteeringNumbers
{
    public static string Two(double? value) => value is { } number ? number.ToString("0.00;−0.00;0.00", CultureInfo.InvariantCulture) : "–";

    public static string Signed(double? value) => value is { } number ? number.ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture) : "–";

    public static string Plain(double? value) => value is { } number ? number.ToString("0.##", CultureInfo.InvariantCulture) : "–";

    /// <summary>"q 0.012", with as many digits as tell it from 0.</summary>
    public static string Q(double? value) => value switch { null => "–", < 0.001 => "< 0.001", var number => number.Value.ToString("0.###", CultureInfo.InvariantCulture) };

    /// <summary>"24 % (14 to 37)".</summary>
    public static string Of(SteeringRate? rate) => rate is null || rate.Of == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * rate.Rate:0} % ({100 * rate.Low:0} to {100 * rate.High:0})");

    /// <summary>"+0.42 (0.20 to 0.61)".</summary>
    public static string Of(SteeringMean? mean) => mean is null ? "–" : $"{Signed(mean.Mean)} ({Two(mean.Low)} to {Two(mean.High)})";

    /// <inheritdoc cref="Of(SteeringMean?)"/>
    public static string Of(PairedGain? gain) => gain is null ? "–" : $"{Signed(gain.Mean)} ({Two(gain.Low)} to {Two(gain.High)})";
}
