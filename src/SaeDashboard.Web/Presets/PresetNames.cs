using System.Text;

namespace SaeDashboard.Web.Presets;

/// <summary>Names that come from people, made fit for messages and files.</summary>
internal static class PresetNames
{
    private const int Longest = 80;

    /// <summary>A file's name as a message shows it: without its folders, on one line, short.</summary>
    public static string File(string? name)
    {
        var last = name?.Split('/', '\\')[^1] ?? "";
        var line = new string([.. last.Where(letter => !char.IsControl(letter))]).Trim();
        if (line.Length == 0) return "The file";
        return line.Length <= Longest ? line : line[..Longest] + "…";
    }

    /// <summary>“Rock beat, loud!” as the beginning of a file's name: rock-beat-loud.</summary>
    public static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (var letter in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter)) slug.Append(letter);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }
        var text = slug.ToString().Trim('-');
        return text.Length == 0 ? "preset" : text.Length <= Longest ? text : text[..Longest].Trim('-');
    }
}
