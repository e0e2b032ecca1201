using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Saes;

/// <summary>Members of a JSON object by name, with errors that name the file and the member.</summary>
internal sealed class JsonMembers(JsonObject json, string path, string within = "")
{
    private const int LongestShown = 60;

    // Half of what JSON libraries write: what is read here is written back a few levels deeper.
    private const int MostDepth = 32;

    /// <summary>The object itself.</summary>
    public JsonObject Json => json;

    public string Path => path;

    /// <summary>Reads a file that holds one object without duplicate names, which a JSON tree would detect only on access.</summary>
    /// <exception cref="UserException">The file does not hold such an object.</exception>
    public static JsonMembers Open(string path)
    {
        var root = JsonFile.Read<JsonElement>(path);
        if (root.ValueKind != JsonValueKind.Object) throw new UserException($"{path} holds no JSON object. Fetch it again.");
        RequireReadable(path, root, 1);
        return new JsonMembers(JsonObject.Create(root)!, path);
    }

    /// <summary>The error for a member with a wrong value.</summary>
    public UserException Wrong(string name, string what) =>
        new($"{path}: \"{within}{name}\" is {(json[name] is { } node ? Short(node) : "missing")}{what}");

    /// <summary>A required positive integer.</summary>
    public int Positive(string name) => PositiveOrNone(name) ?? throw Wrong(name, ".");

    /// <summary>A positive integer; null if absent.</summary>
    public int? PositiveOrNone(string name)
    {
        if (json[name] is not { } node) return null;
        return node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out double number)
            && number is >= 1 and <= int.MaxValue && number == Math.Floor(number)
            ? (int)number
            : throw Wrong(name, ", not a positive whole number.");
    }

    /// <summary>A number; null if absent.</summary>
    public double? NumberOrNone(string name) => json[name] switch
    {
        null => null,
        { } node when node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out double number) && double.IsFinite(number) => number,
        _ => throw Wrong(name, ", not a number."),
    };

    public bool Truth(string name, bool missing) => json[name] switch
    {
        null => missing,
        { } node when node.GetValueKind() is JsonValueKind.True or JsonValueKind.False => node.GetValue<bool>(),
        _ => throw Wrong(name, ", not true or false."),
    };

    public string? Text(string name, string? missing) => json[name] switch
    {
        null => missing,
        { } node when node.GetValueKind() == JsonValueKind.String => node.GetValue<string>(),
        _ => throw Wrong(name, ", not a text."),
    };

    /// <summary>An object; empty if absent.</summary>
    public JsonMembers Object(string name) => json[name] switch
    {
        null => new JsonMembers([], path, $"{within}{name}."),
        JsonObject inner => new JsonMembers(inner, path, $"{within}{name}."),
        _ => throw Wrong(name, ", not an object."),
    };

    /// <summary>Whether the member is present and not null.</summary>
    public bool Has(string name) => json[name] is not null;

    /// <summary>Rejects an unsupported setting that changes what the SAE computes.</summary>
    public void Refuse(string name, bool isSet, string what)
    {
        if (isSet) throw Wrong(name, $": {what}, which is not read here.");
    }

    /// <summary>One of the named values; <paramref name="missing"/> is the value of an absent member; null makes absence an error.</summary>
    public T OneOf<T>(string name, (string Name, T Value)[] choices, T? missing) where T : struct, Enum
    {
        var text = Text(name, null);
        if (text is null) return missing ?? throw Wrong(name, $"; known are {string.Join(", ", choices.Select(choice => choice.Name))}.");
        foreach (var choice in choices)
        {
            if (choice.Name == text) return choice.Value;
        }
        throw Wrong(name, $"; known are {string.Join(", ", choices.Select(choice => choice.Name))}.");
    }

    /// <summary>A value of the file, shortened.</summary>
    private static string Short(JsonNode node)
    {
        var text = node.ToJsonString();
        return text.Length <= LongestShown ? text : text[..LongestShown] + "…";
    }

    private static void RequireReadable(string path, JsonElement value, int depth)
    {
        if (depth > MostDepth) throw new UserException($"{path}: values in it are nested deeper than {MostDepth}. Write the file again.");
        try
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    var names = new HashSet<string>(StringComparer.Ordinal);
                    foreach (var member in value.EnumerateObject())
                    {
                        if (!names.Add(member.Name))
                            throw new UserException($"{path}: \"{member.Name[..Math.Min(member.Name.Length, LongestShown)]}\" stands twice. Write the file again.");
                        RequireReadable(path, member.Value, depth + 1);
                    }
                    break;
                case JsonValueKind.Array:
                    foreach (var item in value.EnumerateArray()) RequireReadable(path, item, depth + 1);
                    break;
                case JsonValueKind.String:
                    value.GetString();
                    break;
                default:
                    break;
            }
        }
        catch (InvalidOperationException error)
        {
            throw new UserException($"{path}: a text in it is damaged ({error.Message}) Fetch it again.", error);
        }
    }
}
