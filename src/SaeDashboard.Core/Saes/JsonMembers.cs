using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Saes;

/// <summary>Members of a JSON object by name, with errors that name the file and the member.</summary>
internal sealed class JsonMembers(JsonObject json, string path, string within = "")
{
    private const int LongestShown = 60;

    /// <summary>The object itself.</summary>
    public JsonObject Json => json;

    public string Path => path;

    /// <summary>Reads a file that holds one object; no name may stand twice in it, since a tree stumbles over that only when it is asked.</summary>
    /// <exception cref="UserException">It is no such file.</exception>
    public static JsonMembers Open(string path)
    {
        var root = JsonFile.Read<JsonElement>(path);
        if (root.ValueKind != JsonValueKind.Object) throw new UserException($"{path} holds no JSON object. Fetch it again.");
        RequireReadable(path, root);
        return new JsonMembers(JsonObject.Create(root)!, path);
    }

    /// <summary>The error of a member that is not what it should be.</summary>
    public UserException Wrong(string name, string what) =>
        new($"{path}: \"{within}{name}\" is {(json[name] is { } node ? Short(node) : "missing")}{what}");

    /// <summary>A positive whole number, which must be there.</summary>
    public int Positive(string name) => PositiveOrNone(name) ?? throw Wrong(name, ".");

    /// <summary>A positive whole number; null when it is not there.</summary>
    public int? PositiveOrNone(string name)
    {
        if (json[name] is not { } node) return null;
        return node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out double number) && number is >= 1 and <= int.MaxValue && number == Math.Floor(number)
            ? (int)number
            : throw Wrong(name, ", not a positive whole number.");
    }

    /// <summary>A number; null when it is not there.</summary>
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

    /// <summary>An object, empty when it is not there.</summary>
    public JsonMembers Object(string name) => json[name] switch
    {
        null => new JsonMembers([], path, $"{within}{name}."),
        JsonObject inner => new JsonMembers(inner, path, $"{within}{name}."),
        _ => throw Wrong(name, ", not an object."),
    };

    /// <summary>Whether the member is there and not null.</summary>
    public bool Has(string name) => json[name] is not null;

    /// <summary>Refuses a setting that would change what the SAE computes in a way that is not computed here.</summary>
    public void Refuse(string name, bool is_, string what)
    {
        if (is_) throw Wrong(name, $": {what}, which is not read here.");
    }

    /// <summary>One of the named values; <paramref name="missing"/> stands for an absent member, null makes it an error.</summary>
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

    /// <summary>A value out of the file, short.</summary>
    private static string Short(JsonNode node)
    {
        var text = node.ToJsonString();
        return text.Length <= LongestShown ? text : text[..LongestShown] + "…";
    }

    private static void RequireReadable(string path, JsonElement value)
    {
        try
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    var names = new HashSet<string>(StringComparer.Ordinal);
                    foreach (var member in value.EnumerateObject())
                    {
                        if (!names.Add(member.Name)) throw new UserException($"{path}: \"{member.Name[..Math.Min(member.Name.Length, LongestShown)]}\" stands twice. Write the file again.");
                        RequireReadable(path, member.Value);
                    }
                    break;
                case JsonValueKind.Array:
                    foreach (var item in value.EnumerateArray()) RequireReadable(path, item);
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
