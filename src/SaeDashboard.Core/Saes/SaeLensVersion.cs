using System.Globalization;

namespace SaeDashboard.Core.Saes;

/// <summary>The version of SAELens that a folder names. Its value, not its presence, decides what the members of <c>cfg.json</c> mean.</summary>
internal static class SaeLensVersion
{
    public const string Member = "sae_lens_version";

    /// <summary>What our own folders name.</summary>
    public const string Written = "6.18.0";

    private const int FirstOfTheNestedForm = 6;

    /// <summary>
    /// Whether the folder is of version 6 or later: <c>cfg.json</c> then says what is computed and its <c>metadata</c> where the SAE comes from.
    /// The top level is asked before <c>metadata</c>, and a folder that names no version is an older one: SAELens's own rules.
    /// </summary>
    /// <exception cref="UserException">The member is no version.</exception>
    public static bool IsNested(JsonMembers json, JsonMembers metadata)
    {
        var where = json.Text(Member, null) is { Length: > 0 } ? json : metadata;
        if (where.Text(Member, null) is not { Length: > 0 } text) return false;
        return Major(text) is { } major ? major >= FirstOfTheNestedForm : throw where.Wrong(Member, $", not a version such as \"{Written}\".");
    }

    /// <summary>The version to write: the one that is there when it is of the form that we write.</summary>
    public static string ToWrite(string? there) => there is not null && Major(there) >= FirstOfTheNestedForm ? there : Written;

    private static int? Major(string text)
    {
        var digits = text.AsSpan().TrimStart('v');
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }
}
