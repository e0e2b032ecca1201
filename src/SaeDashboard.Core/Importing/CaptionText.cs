using System.Globalization;
using System.Text;

namespace SaeDashboard.Core.Importing;

/// <summary>What people's tables hold, as it is kept.</summary>
internal static class CaptionText
{
    /// <summary>Characters of the longest caption.</summary>
    public const int MaxCaption = 2000;

    private const int MaxId = 80;

    /// <summary>One line: line breaks and other control characters become a space, runs of spaces one, and what turns the direction of text is left out.</summary>
    public static string Line(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsBmp && PersonText.Turns((char)rune.Value)) continue;
            var isSpace = Rune.IsWhiteSpace(rune) || Rune.IsControl(rune);
            if (!isSpace) line.Append(rune.ToString());
            else if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
        }
        return line.ToString().TrimEnd();
    }

    /// <summary>A clip's id from its file's path: letters, digits, dots and hyphens.</summary>
    public static string Id(string file)
    {
        var id = new StringBuilder();
        foreach (var rune in Path.ChangeExtension(file, null).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '_') id.Append(rune.ToString());
            else if (id.Length > 0 && id[^1] != '-') id.Append('-');
        }
        var text = id.ToString().Trim('-', '.');
        // The end of a path tells files apart better than its beginning.
        if (text.Length > MaxId) text = text[^MaxId..].TrimStart('-', '.');
        if (text.Length > 0 && char.IsLowSurrogate(text[0])) text = text[1..];
        return text.Length > 0 ? text : "clip";
    }

    /// <summary>The id of a piece of a file.</summary>
    public static string PieceId(string id, int piece, int pieces) => pieces == 1 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}-{piece + 1:D3}");
}
