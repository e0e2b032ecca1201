using System.Globalization;
using System.Text;

namespace SaeDashboard.Core;

/// <summary>
/// The rule for text that users type and others read: names, labels, notes. A line has no line breaks, no control characters and no
/// characters that change the text direction, which could make one row of a page look like another.
/// </summary>
public static class PersonText
{
    /// <summary>Characters of the longest name of a preset, a take or a run.</summary>
    public const int MaxName = 120;

    /// <summary>Characters of the longest label, whether a person gives it or a program suggests it.</summary>
    public const int MaxLabel = 200;

    /// <summary>Checks a name or a label: one line.</summary>
    /// <param name="text">As typed; null counts as empty.</param>
    /// <param name="what">What it is, for the message: "The take's name".</param>
    /// <param name="max">The largest length in UTF-16 code units.</param>
    /// <returns>The text without spaces around it; a text with nothing visible is empty.</returns>
    /// <exception cref="UserException">The text is empty, too long, or has a character that a line must not have.</exception>
    public static string Name(string? text, string what, int max = MaxName)
    {
        var name = Line(text, what, max);
        return name.Length > 0 ? name : throw new UserException($"{what} is empty: type at least one character.");
    }

    /// <summary>As <see cref="Name"/>, but it may be empty.</summary>
    /// <exception cref="UserException">The text is too long, or has a character that a line must not have.</exception>
    public static string Line(string? text, string what, int max) => Checked(text, what, max, lines: false);

    /// <summary>Checks a longer text, which may have several lines.</summary>
    /// <exception cref="UserException">The text is too long, or has a character that text must not have.</exception>
    public static string Lines(string? text, string what, int max) => Checked(text, what, max, lines: true);

    private static string Checked(string? text, string what, int max, bool lines)
    {
        // Only spaces are trimmed: a line break at the end is rejected like one in the middle.
        var trimmed = lines ? (text ?? "").Trim() : (text ?? "").Trim(' ', '\u00A0', '\u3000');
        if (trimmed.Length > max)
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{what} has {trimmed.Length:N0} characters; {max:N0} is the most. Shorten it."));
        for (var at = 0; at < trimmed.Length; at++)
        {
            var letter = trimmed[at];
            if (lines && letter is ('\n' or '\r' or '\t')) continue;
            if (char.IsHighSurrogate(letter) && at + 1 < trimmed.Length && char.IsLowSurrogate(trimmed[at + 1]))
            {
                at++;
                continue;
            }
            if (Fault(letter) is { } fault)
                throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{what} holds {fault} (U+{(int)letter:X4}, character {at + 1}). Take it out."));
        }
        return HasVisible(trimmed) ? trimmed : "";
    }

    /// <summary>Whether anything of it can be seen: a text of joiners, spaces of any width and fillers is as good as none.</summary>
    private static bool HasVisible(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.Control)
                && !IsBlank(rune.Value)) return true;
        }
        return false;
    }

    /// <summary>Letters, marks and symbols that Unicode gives no ink: the combining grapheme joiner, fillers of Hangul, empty Braille, variation selectors.</summary>
    private static bool IsBlank(int value) =>
        value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164 or 0xFFA0 or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    /// <summary>Whether a character turns the direction of the text that follows it: marks, embeddings, overrides and isolates of Unicode's UAX 9.</summary>
    internal static bool Turns(char letter) => letter is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static string? Fault(char letter) => letter switch
    {
        '\n' or '\r' or '\u0085' or '\u2028' or '\u2029' => "a line break",
        _ when Turns(letter) => "a character that turns the direction of the text",
        _ when char.IsControl(letter) => "a control character",
        _ when char.IsSurrogate(letter) => "half of a character",
        _ => null,
    };
}
