using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Files;

/// <summary>
/// One JSON object of a file, read member by member. An error names the file, the path of the member, its value and what was expected:
/// <c>config.json: "decoder.hidden_size" is "48": expected an integer from 1 to 1048576.</c> A member that is null counts as absent.
/// </summary>
public sealed class JsonObjectReader
{
    private const int MaxShown = 60;

    // Half of what JSON libraries write: what is read here may be written back a few levels deeper.
    private const int MaxDepth = 32;

    private static readonly JsonElement Empty = JsonSerializer.Deserialize<JsonElement>("{}");

    private readonly string prefix;
    private readonly string hint;

    /// <param name="file">The file, for messages.</param>
    /// <param name="element">A JSON object.</param>
    /// <param name="hint">A sentence that follows the message for a missing member.</param>
    public JsonObjectReader(string file, JsonElement element, string hint = "") : this(file, "", element, hint)
    {
    }

    private JsonObjectReader(string file, string prefix, JsonElement element, string hint) =>
        (File, this.prefix, Element, this.hint) = (file, prefix, element, hint);

    /// <summary>The file, for messages.</summary>
    public string File { get; }

    /// <summary>The object itself.</summary>
    public JsonElement Element { get; }

    /// <summary>Reads a file that holds one object.</summary>
    /// <param name="file">The file.</param>
    /// <param name="kind">What it should be, for the message: "a model's configuration".</param>
    /// <param name="unique">Whether duplicate names and deep nesting are refused: the object is to be written back.</param>
    /// <param name="hint">A sentence that follows the message for a missing member.</param>
    /// <exception cref="UserException">The file is missing or does not hold such an object.</exception>
    public static JsonObjectReader Open(string file, string kind, bool unique = false, string hint = "")
    {
        var root = RequireObject(file, JsonFile.Read<JsonElement>(file), kind);
        if (unique) RequireUnique(file, root, 1);
        return new JsonObjectReader(file, root, hint);
    }

    /// <summary>The root of a file, if it is an object.</summary>
    /// <exception cref="UserException">It is not.</exception>
    public static JsonElement RequireObject(string file, JsonElement root, string kind) => root.ValueKind == JsonValueKind.Object
        ? root
        : throw new UserException($"{file} is not {kind}: expected one JSON object, got {Shown(root)}.");

    /// <summary>The member's path from the root of the file, such as "decoder.hidden_size" or "added_tokens[3].id".</summary>
    public string PathOf(string name) => prefix + name;

    /// <summary>The member's value; null if it is absent or null.</summary>
    public JsonElement? Find(string name) => Element.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;

    /// <summary>Whether the member is present and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A copy of the member's value as a node; null if it is absent or null.</summary>
    public JsonNode? Copy(string name) => Find(name) is { } found ? JsonSerializer.SerializeToNode(found) : null;

    /// <summary>The error for a member with a wrong value: the file, the member, its value, then <paramref name="what"/>.</summary>
    /// <param name="name">The member.</param>
    /// <param name="what">The end of the sentence with its punctuation: ": expected a string."</param>
    public UserException Wrong(string name, string what) =>
        new(Find(name) is { } found ? $"{File}: \"{prefix}{name}\" is {Shown(found)}{what}" : $"{File}: \"{prefix}{name}\" is missing{what}{hint}");

    /// <summary>The error for a member, in words that follow its path: "has 3 pieces; at most 2 are read".</summary>
    public UserException Fault(string name, string sentence) => new($"{File}: \"{prefix}{name}\" {sentence}.");

    /// <summary>The error for this object, in words that follow its path.</summary>
    public UserException Fault(string sentence) => new(prefix.Length == 0 ? $"{File} {sentence}." : $"{File}: \"{prefix.TrimEnd('.')}\" {sentence}.");

    /// <summary>Rejects an unsupported setting.</summary>
    public void Refuse(string name, bool isSet, string what)
    {
        if (isSet) throw Wrong(name, $": {what}, which is not read here.");
    }

    /// <summary>An integer from <paramref name="min"/> to <paramref name="max"/>; required unless there is a fallback.</summary>
    public int Integer(string name, int? fallback = null, int min = 1, int max = int.MaxValue) =>
        IntegerOrNone(name, min, max) ?? fallback ?? throw Expected(name, Integers(min, max));

    /// <summary>The same; null if absent.</summary>
    public int? IntegerOrNone(string name, int min = 1, int max = int.MaxValue)
    {
        if (Find(name) is not { } found) return null;
        return AsInteger(found) is { } value && value >= min && value <= max ? value : throw Expected(name, Integers(min, max));
    }

    /// <summary>A list of at least one integer from 1 to <paramref name="max"/>.</summary>
    public IReadOnlyList<int> IntegerList(string name, int maxCount, int max = int.MaxValue)
    {
        var items = Find(name) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() <= maxCount ? list.EnumerateArray().Select(AsInteger).ToArray() : [];
        return items.Length > 0 && items.All(item => item >= 1 && item <= max)
            ? [.. items.Select(item => item!.Value)]
            : throw Expected(name, $"a list of at least one integer, at most {maxCount}, each {Range(1, max)}");
    }

    /// <summary>A finite number; required unless there is a fallback.</summary>
    public double Number(string name, double? fallback = null) => NumberOrNone(name) ?? fallback ?? throw Expected(name, "a finite number");

    /// <summary>A finite number; null if absent.</summary>
    public double? NumberOrNone(string name)
    {
        if (Find(name) is not { } found) return null;
        return found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Expected(name, "a finite number");
    }

    /// <summary>True or false; required unless there is a fallback.</summary>
    public bool Flag(string name, bool? fallback = null) => Find(name)?.ValueKind switch
    {
        null when fallback is { } value => value,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Expected(name, "true or false"),
    };

    /// <summary>A string; required unless there is a fallback.</summary>
    public string Text(string name, string? fallback = null) => TextOrNone(name) ?? fallback ?? throw Expected(name, "a string");

    /// <summary>A string; null if absent.</summary>
    public string? TextOrNone(string name)
    {
        if (Find(name) is not { } found) return null;
        return found.ValueKind == JsonValueKind.String ? found.GetString() : throw Expected(name, "a string");
    }

    /// <summary>One of the named values; <paramref name="missing"/> is the value of an absent member; null makes absence an error.</summary>
    public T OneOf<T>(string name, (string Name, T Value)[] choices, T? missing) where T : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(choices);
        var text = TextOrNone(name);
        if (text is null && missing is { } value) return value;
        foreach (var choice in choices)
        {
            if (choice.Name == text) return choice.Value;
        }
        throw Wrong(name, $"; known are {string.Join(", ", choices.Select(choice => choice.Name))}.");
    }

    /// <summary>An object.</summary>
    public JsonObjectReader Object(string name) => Find(name) is { ValueKind: JsonValueKind.Object } found ? Within(name, found) : throw Expected(name, "an object");

    /// <summary>An object; empty if absent.</summary>
    public JsonObjectReader ObjectOrEmpty(string name) => Has(name) ? Object(name) : Within(name, Empty);

    /// <summary>A list.</summary>
    public JsonElement List(string name) => Find(name) is { ValueKind: JsonValueKind.Array } found ? found : throw Expected(name, "a list");

    /// <summary>The objects of a list.</summary>
    public IEnumerable<JsonObjectReader> Objects(string name)
    {
        var index = 0;
        foreach (var item in List(name).EnumerateArray())
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{name}[{index++}]");
            yield return item.ValueKind == JsonValueKind.Object ? Within(at, item) : throw Fault(at, $"is {Shown(item)}: expected an object");
        }
    }

    private JsonObjectReader Within(string name, JsonElement element) => new(File, $"{prefix}{name}.", element, hint);

    private UserException Expected(string name, string what) => Wrong(name, $": expected {what}.");

    /// <summary>An integer in any notation (24, 24.0, 2.4e1); null: not one, or beyond 32 bits.</summary>
    private static int? AsInteger(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
        && number is >= int.MinValue and <= int.MaxValue && number == Math.Floor(number) ? (int)number : null;

    private static string Integers(int min, int max) => min == 1 && max == int.MaxValue ? "a positive integer" : $"an integer {Range(min, max)}";

    private static string Range(int min, int max) => max == int.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"of at least {min}")
        : string.Create(CultureInfo.InvariantCulture, $"from {min} to {max}");

    /// <summary>A value of the file on one line, shortened.</summary>
    private static string Shown(JsonElement value)
    {
        var text = JsonSerializer.Serialize(value);
        return text.Length <= MaxShown ? text : text[..MaxShown] + "…";
    }

    private static void RequireUnique(string file, JsonElement value, int depth)
    {
        if (depth > MaxDepth) throw new UserException($"{file}: values in it are nested deeper than {MaxDepth}. Write the file again.");
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) RequireUnique(file, item, depth + 1);
        }
        if (value.ValueKind != JsonValueKind.Object) return;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (!names.Add(member.Name)) throw new UserException($"{file}: \"{member.Name[..Math.Min(member.Name.Length, MaxShown)]}\" is duplicated. Write the file again.");
            RequireUnique(file, member.Value, depth + 1);
        }
    }
}
