using System.Buffers;

namespace SaeDashboard.Web.Http;

/// <summary>
/// The one rule for text in a CSV cell (RFC 4180): quoted when it holds a comma, a quote or a line break. A text that a spreadsheet would take
/// for a formula gets an apostrophe in front. Numbers of ours are written as they are.
/// </summary>
internal static class CsvField
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    /// <summary>The text as a cell.</summary>
    public static string Text(string text)
    {
        if (text.AsSpan().TrimStart(' ') is ['=' or '+' or '-' or '@' or '\t' or '\r', ..]) text = "'" + text;
        return text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
