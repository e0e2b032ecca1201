using System.Globalization;

namespace SaeDashboard.Web.Shell;

/// <summary>How a moment is written: in UTC, as it is stored, since people in several places read the same page; with the year when it is another than now.</summary>
internal static class MomentText
{
    /// <summary>"25 Nov 23:04 UTC", "25 Nov 2025 23:04 UTC".</summary>
    public static string Minute(DateTimeOffset moment, DateTimeOffset now) => Write(moment, now, " HH:mm") + " UTC";

    /// <summary>"25 Nov", "25 Nov 2025".</summary>
    public static string Day(DateTimeOffset moment, DateTimeOffset now) => Write(moment, now, "");

    private static string Write(DateTimeOffset moment, DateTimeOffset now, string time)
    {
        var year = moment.UtcDateTime.Year == now.UtcDateTime.Year ? "" : " yyyy";
        // "%d": a format of one letter alone would be a standard one.
        return moment.UtcDateTime.ToString($"%d MMM{year}{time}", CultureInfo.InvariantCulture);
    }
}
