using System.Text;

namespace SaeDashboard.Storage;

/// <summary>When two labels are the same label: by their words, whatever their case, hyphens, signs and spaces (decision 0049).</summary>
public static class LabelText
{
    /// <summary>The label as it is compared: “Hi-hat,  open” is “hi hat open”. Empty: it has no letter and no digit.</summary>
    /// <param name="label">The label; null is empty.</param>
    public static string Normalised(string? label)
    {
        var text = new StringBuilder();
        foreach (var rune in (label ?? "").EnumerateRunes())
        {
            // A mark that is written over a letter belongs to it; a sharp makes another note.
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark || rune.Value is '#' or '♯' or '♭') text.Append(Rune.ToLowerInvariant(rune));
            else if (text.Length > 0 && text[^1] != ' ') text.Append(' ');
        }
        return text.ToString().TrimEnd();
    }

    /// <summary>Whether two texts are the same label. Texts of signs alone are compared as they are.</summary>
    public static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase) || (Normalised(one) is { Length: > 0 } words && words == Normalised(other));
}
