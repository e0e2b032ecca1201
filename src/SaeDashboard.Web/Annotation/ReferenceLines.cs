using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Annotation;

/// <summary>Practice and gold items as people type them: one a line, "1337 accept All of its clips have taiko drums.".</summary>
public static class ReferenceLines
{
    /// <summary>The items as lines.</summary>
    public static string Write(IEnumerable<ReferenceItem> items) =>
        string.Join('\n', items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Feature} {item.Verdict.Name()} {OneLine(item.Why)}").TrimEnd()));

    private static string OneLine(string? text) => string.Join(' ', (text ?? "").Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>Reads the lines.</summary>
    /// <param name="text">The lines; empty ones are left out.</param>
    /// <param name="what">What they are, for messages: "practice".</param>
    /// <param name="features">How many features the SAE has.</param>
    /// <exception cref="UserException">A line cannot be read; the message names the line and what is wrong.</exception>
    public static IReadOnlyList<ReferenceItem> Read(string text, string what, int features)
    {
        var items = new List<ReferenceItem>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.Trim() is not { Length: > 0 } said) continue;
            var parts = said.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
            if (!int.TryParse(parts[0].TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var feature))
                throw new UserException($"Line {number} of the {what} items begins with “{parts[0]}”; it should begin with a feature's number, such as 1337.");
            if (feature >= features) throw new UserException($"Line {number} of the {what} items names feature {feature}; the SAE has features 0 to {features - 1}.");
            if (parts.Length < 2 || EnumJson.Parse<AnnotationVerdict>(parts[1].ToLowerInvariant()) is not { } verdict)
                throw new UserException($"Line {number} of the {what} items has no verdict after the number; a verdict is {string.Join(", ", Enum.GetValues<AnnotationVerdict>().Select(each => each.Name()))}.");
            items.Add(new ReferenceItem(feature, verdict, [], parts.Length > 2 ? parts[2].Trim() : null));
        }
        return items;
    }
}
