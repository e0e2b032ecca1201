using System.Globalization;

namespace SaeDashboard.Web.Runs;

/// <summary>Numbers of runs as people read them, in the invariant culture.</summary>
public static class RunText
{
    /// <summary>Shown in place of a number that is not known yet.</summary>
    public const string None = "–";

    /// <summary>"42 s", "1 min 10 s", "2 h 5 min", "3 d 4 h".</summary>
    public static string Duration(double? seconds)
    {
        if (seconds is not { } value || !double.IsFinite(value)) return None;
        var whole = (long)Math.Ceiling(Math.Max(0, value));
        var (larger, smaller) = whole switch
        {
            < 60 => ($"{whole} s", ""),
            < 3600 => ($"{whole / 60} min", whole % 60 > 0 ? $"{whole % 60} s" : ""),
            < 86_400 => ($"{whole / 3600} h", whole % 3600 / 60 > 0 ? $"{whole % 3600 / 60} min" : ""),
            _ => ($"{whole / 86_400} d", whole % 86_400 / 3600 > 0 ? $"{whole % 86_400 / 3600} h" : ""),
        };
        return smaller.Length > 0 ? $"{larger} {smaller}" : larger;
    }

    /// <summary>"839 MB": decimal, three digits.</summary>
    public static string Bytes(long bytes)
    {
        var (number, prefix) = Scale(bytes);
        return $"{number} {prefix}B";
    }

    /// <summary>"1.64 M", "61.4 k", "512": three digits and a prefix.</summary>
    public static string Count(double? count)
    {
        if (count is not { } value || !double.IsFinite(value)) return None;
        var (number, prefix) = Scale(value);
        return prefix.Length > 0 ? $"{number} {prefix}" : number;
    }

    /// <summary>A number with the given number of decimals; a dash when it is not known.</summary>
    public static string Fixed(double? value, int decimals) =>
        value is { } number && double.IsFinite(number) ? number.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : None;

    /// <summary>"1,914".</summary>
    public static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static (string Number, string Prefix) Scale(double value)
    {
        string[] prefixes = ["", "k", "M", "G", "T"];
        var at = 0;
        while (Math.Abs(value) >= 999.5 && at < prefixes.Length - 1) (value, at) = (value / 1000, at + 1);
        var decimals = at == 0 ? 0 : Math.Abs(value) < 9.995 ? 2 : Math.Abs(value) < 99.95 ? 1 : 0;
        return (value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), prefixes[at]);
    }
}
