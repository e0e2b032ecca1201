using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;

namespace SaeDashboard.Sae.Formats;

/// <summary>Members of a JSON object by name, with errors that name the file and the member.</summary>
internal sealed class JsonMembers(JsonObject json, string path)
{
    /// <summary>A positive whole number, which must be there.</summary>
    public int Positive(string name)
    {
        var node = json[name] ?? throw new UserException($"{path}: \"{name}\" is missing.");
        if (node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out double number)
            && number is >= 1 and <= int.MaxValue && number == Math.Floor(number))
        {
            return (int)number;
        }
        throw new UserException($"{path}: \"{name}\" is {node.ToJsonString()}, not a positive whole number.");
    }

    public bool Truth(string name, bool missing) => json[name] switch
    {
        null => missing,
        { } node when node.GetValueKind() is JsonValueKind.True or JsonValueKind.False => node.GetValue<bool>(),
        { } node => throw new UserException($"{path}: \"{name}\" is {node.ToJsonString()}, not true or false."),
    };

    public string? Text(string name, string? missing) => json[name] switch
    {
        null => missing,
        { } node when node.GetValueKind() == JsonValueKind.String => node.GetValue<string>(),
        { } node => throw new UserException($"{path}: \"{name}\" is {node.ToJsonString()}, not a text."),
    };

    /// <summary>One of the named values; <paramref name="missing"/> stands for an absent member, null makes it an error.</summary>
    public T OneOf<T>(string name, (string Name, T Value)[] choices, T? missing) where T : struct, Enum
    {
        var text = Text(name, null);
        if (text is null)
            return missing ?? throw new UserException($"{path}: \"{name}\" is missing.");
        foreach (var choice in choices)
        {
            if (choice.Name == text)
                return choice.Value;
        }
        throw new UserException($"{path}: \"{name}\" is \"{text}\"; known are {string.Join(", ", choices.Select(choice => choice.Name))}.");
    }
}
