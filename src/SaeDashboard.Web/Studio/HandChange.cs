using Microsoft.AspNetCore.Components;

namespace SaeDashboard.Web.Studio;

/// <summary>
/// What a fader or a lane sends while a hand moves it (js/studio/paced-change.js): "2.5#17", its value and the number of the change. The number goes back as the
/// element's "seen" attribute, so that it can tell an answer to its last change from an older one, however late they come.
/// </summary>
/// <param name="Value">The value.</param>
/// <param name="Number">The number; null: it has none.</param>
internal readonly record struct HandChange(string Value, string? Number)
{
    private const int LongestNumber = 15;

    /// <summary>Reads an event's value.</summary>
    public static HandChange Of(ChangeEventArgs e)
    {
        var text = e.Value?.ToString() ?? "";
        var at = text.LastIndexOf('#');
        if (at < 0) return new(text, null);
        var number = text[(at + 1)..];
        return new(text[..at], number.Length is > 0 and <= LongestNumber && number.All(char.IsAsciiDigit) ? number : null);
    }
}
