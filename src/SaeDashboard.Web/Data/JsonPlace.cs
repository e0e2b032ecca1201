using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Data;

/// <summary>Members of a JSON file; errors name the file and the member.</summary>
internal readonly record struct JsonPlace(string File, string Name, JsonElement Value)
{
    /// <exception cref="UserException">The file is missing, or holds no object.</exception>
    public static JsonPlace Open(string file)
    {
        var root = JsonFile.Read<JsonElement>(file);
        return root.ValueKind == JsonValueKind.Object ? new JsonPlace(file, "", root) : throw new UserException($"{file}: expected a JSON object.");
    }

    public JsonPlace Object(string name) => Find(name) is { ValueKind: JsonValueKind.Object } value ? new JsonPlace(File, $"{Name}{name}.", value) : throw Wrong(name, "expected an object");

    public JsonPlace? ObjectOrNone(string name) => Find(name) is { ValueKind: JsonValueKind.Object } value ? new JsonPlace(File, $"{Name}{name}.", value) : null;

    /// <summary>A whole number from 1 to <paramref name="most"/>.</summary>
    public int Count(string name, int most = int.MaxValue) => Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && number >= 1 && number <= most && number == Math.Floor(number)
        ? (int)number
        : throw Wrong(name, most == int.MaxValue ? "expected a positive integer" : FormattableString.Invariant($"expected an integer from 1 to {most}"));

    public IReadOnlyList<int> Counts(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } value && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number) && number > 0)
            ? [.. value.EnumerateArray().Select(item => item.GetInt32())]
            : throw Wrong(name, "expected a list of positive integers");

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw Wrong(name, "expected a string"),
    };

    public UserException Wrong(string name, string what) => new($"{File}: {Name}{name} is {(Find(name) is { } value ? Short(value) : "missing")}: {what}.");

    private JsonElement? Find(string name) => Value.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Short(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "…";
    }
}
