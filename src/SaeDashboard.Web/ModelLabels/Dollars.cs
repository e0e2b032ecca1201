using System.Globalization;

namespace SaeDashboard.Web.ModelLabels;

/// <summary>US dollars as people read them.</summary>
internal static class Dollars
{
    /// <summary>"$3.20", "$0.0042"; null: "no cap".</summary>
    public static string Of(decimal? dollars) => dollars switch
    {
        null => "no cap",
        0 => "$0.00",
        > 0 and < 0.1m => "$" + dollars.Value.ToString("0.0000", CultureInfo.InvariantCulture),
        _ => "$" + dollars.Value.ToString("#,0.00", CultureInfo.InvariantCulture),
    };
}

/// <summary>The states of a batch in words.</summary>
internal static class BatchWords
{
    /// <summary>The state as <see cref="Shell.StateBadge"/> colours it.</summary>
    public static string Badge(BatchState state) => state == BatchState.Capped ? "paused" : state.Name();

    /// <summary>The state for a person; null: its own name says it.</summary>
    public static string? Text(BatchState state) => state == BatchState.Capped ? "paused by the cap" : null;
}
