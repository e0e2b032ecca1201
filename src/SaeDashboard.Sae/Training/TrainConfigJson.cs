using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Sae.Training;

/// <summary>Training settings as JSON, with everything that is wrong said at once.</summary>
internal static class TrainConfigJson
{
    private const int LongestShown = 40;

    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The settings by the names JSON has for them, in the order of the record.</summary>
    public static IReadOnlyDictionary<string, PropertyInfo> Members { get; } = typeof(TrainConfig)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite)
        .ToDictionary(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));

    /// <exception cref="UserException">It lists all that is wrong.</exception>
    public static TrainConfig Read(byte[] json, string where, TrainConfig? basis)
    {
        JsonDocument document;
        try
        {
            var text = json.AsSpan().StartsWith("\uFEFF"u8) ? json.AsMemory(3) : json;
            JsonText.RequireReadable(where, text.Span);
            document = JsonDocument.Parse(text, Lenient);
        }
        catch (JsonException error)
        {
            throw new UserException(FormattableString.Invariant(
                $"{where} line {(error.LineNumber ?? 0) + 1}, column {(error.BytePositionInLine ?? 0) + 1}: this is no JSON."), error);
        }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new UserException($"{where} holds no JSON object: the training settings are written {{ \"latents\": 2048, … }}.");
            var (settings, problems, unread) = Take(document.RootElement, basis ?? new TrainConfig());
            problems.AddRange(settings.Problems(unread));
            return problems.Count == 0 ? settings : throw TrainConfigRules.Refusal(where, problems);
        }
    }

    /// <summary>The settings in which two differ, with what they are.</summary>
    public static IEnumerable<(string Name, string First, string Second)> Differences(TrainConfig first, TrainConfig second)
    {
        var (left, right) = (ToJson(first), ToJson(second));
        return Members.Keys.Select(name => (name, left[name]?.ToJsonString() ?? "null", right[name]?.ToJsonString() ?? "null"))
            .Where(one => one.Item2 != one.Item3);
    }

    /// <summary>An enumeration's value as JSON has it.</summary>
    public static string Text(Enum value) => JsonSerializer.SerializeToNode(value, value.GetType(), JsonDefaults.Data)!.GetValue<string>();

    /// <summary>How the documentation names a setting's type.</summary>
    public static string TypeText(Type type) => type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(bool) ? "true or false"
        : type.IsEnum ? "one of " + string.Join(", ", Enum.GetValues(type).Cast<Enum>().Select(Text))
        : type == typeof(string) ? "a text" : "another value";

    private static (TrainConfig Settings, List<string> Problems, HashSet<string> Unread) Take(JsonElement root, TrainConfig basis)
    {
        var (problems, unread) = (new List<string>(), new HashSet<string>());
        var (settings, seen) = (ToJson(basis), new HashSet<string>());
        foreach (var member in root.EnumerateObject())
        {
            var name = member.Name;
            if (!seen.Add(name))
            {
                problems.Add($"\"{Short(name)}\" stands twice");
            }
            else if (!Members.TryGetValue(name, out var property))
            {
                var near = Nearest(name);
                problems.Add($"\"{Short(name)}\" is no setting{(near is null ? "; docs/training-settings.md lists them" : $": is \"{near}\" meant?")}");
                // What is said of it would be said of a default.
                if (near is not null)
                    unread.Add(near);
            }
            else if (Wanted(member.Value, property) is { } wanted)
            {
                problems.Add($"\"{name}\" is {Short(member.Value.GetRawText())}: {wanted} is wanted");
                unread.Add(name);
            }
            else
            {
                settings[name] = Kind(property).IsEnum && member.Value.ValueKind == JsonValueKind.String
                    ? Text((Enum)Enum.Parse(Kind(property), member.Value.GetString()!, ignoreCase: true))
                    : JsonSerializer.SerializeToNode(member.Value);
            }
        }
        return (settings.Deserialize<TrainConfig>(JsonDefaults.Data)!, problems, unread);
    }

    /// <summary>What should stand where the value does; null when it does.</summary>
    private static string? Wanted(JsonElement value, PropertyInfo property)
    {
        var type = Kind(property);
        var nullable = type != property.PropertyType
            || (!type.IsValueType && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable);
        if (value.ValueKind == JsonValueKind.Null)
            return nullable ? null : TypeText(type);
        var number = value.ValueKind == JsonValueKind.Number;
        var fits = type == typeof(int) ? number && value.TryGetInt32(out _)
            : type == typeof(long) ? number && value.TryGetInt64(out _)
            : type == typeof(double) ? number && value.TryGetDouble(out var real) && double.IsFinite(real)
            : type == typeof(bool) ? value.ValueKind is JsonValueKind.True or JsonValueKind.False
            : type.IsEnum ? value.ValueKind == JsonValueKind.String && Enum.GetNames(type).Contains(value.GetString(), StringComparer.OrdinalIgnoreCase)
            : type == typeof(string) ? value.ValueKind == JsonValueKind.String
            : CanRead(value, type);
        return fits ? null : TypeText(type) + (nullable ? ", or null" : "");
    }

    private static Type Kind(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    private static bool CanRead(JsonElement value, Type type)
    {
        try
        {
            return value.Deserialize(type, JsonDefaults.Data) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonObject ToJson(TrainConfig config) => JsonSerializer.SerializeToNode(config, JsonDefaults.Data)!.AsObject();

    /// <summary>The setting whose name takes the fewest changed letters; null when it takes many.</summary>
    private static string? Nearest(string name)
    {
        const int Most = 3;
        if (name.Length > LongestShown)
            return null;
        var (best, fewest) = ((string?)null, Math.Min(Most, name.Length / 2) + 1);
        foreach (var known in Members.Keys)
        {
            var changes = Changes(name.ToLowerInvariant(), known.ToLowerInvariant());
            if (changes < fewest)
                (best, fewest) = (known, changes);
        }
        return best;
    }

    /// <summary>Levenshtein's distance: letters put in, left out or replaced.</summary>
    private static int Changes(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }

    private static string Short(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "…";
}
