using System.Globalization;

namespace SaeDashboard.Web.Features;

/// <summary>How figures of features are written: as many digits as can be read at a glance.</summary>
internal static class Numbers
{
    /// <summary>An activation: three digits.</summary>
    public static string Activation(double value) => Digits(value);

    /// <summary>A share as percent, without the sign.</summary>
    public static string Percent(double share) => share is > 0 and < 0.0005 ? "<0.1" : (100 * share).ToString(share >= 0.1 ? "0" : "0.0", CultureInfo.InvariantCulture);

    /// <summary>Seconds to a tenth.</summary>
    public static string Seconds(double seconds) => seconds.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>A whole number in groups of three.</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Mean stars.</summary>
    public static string Stars(double stars) => stars.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Digits(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
