using System.Globalization;

namespace SaeDashboard.Worker.Benching;

/// <summary>Memory of this process that no file backs.</summary>
internal static class ProcessMemory
{
    /// <summary>RssAnon of /proc/self/status, bytes; 0 where there is none.</summary>
    public static long Anonymous()
    {
        const string status = "/proc/self/status", field = "RssAnon:";
        if (!File.Exists(status)) return 0;
        foreach (var line in File.ReadLines(status))
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
                return long.Parse(line.AsSpan(field.Length, line.Length - field.Length - "kB".Length).Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        return 0;
    }
}
