using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>
/// Training settings as a file gives them: some are named, the others are left to the defaults or to the run that is forked. What a file
/// says that cannot be read is kept and written back, with what is wrong about it, so that one mistake does not hide the rest of the file.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed class TrainSettings
{
    private const int LongestShown = 40;

    private readonly JsonObject given;
    private readonly IReadOnlyList<KeyValuePair<string, JsonNode?>> unread;
    private readonly IReadOnlyList<string> mistakes;
    private readonly IReadOnlySet<string> unknown;

    private TrainSettings(JsonObject given, IReadOnlyList<KeyValuePair<string, JsonNode?>> unread, IReadOnlyList<string> mistakes, IReadOnlySet<string> unknown)
    {
        (this.given, this.unread, this.mistakes, this.unknown) = (given, unread, mistakes, unknown);
        Values = Over(new TrainConfig());
    }

    /// <summary>Nothing is named.</summary>
    public static TrainSettings None { get; } = Of(new TrainConfig(), []);

    /// <summary>What is named, over the defaults; a value that cannot be read counts as not named.</summary>
    public TrainConfig Values { get; }

    /// <summary>The settings that are named, in the order of the record.</summary>
    public IEnumerable<TrainSetting> Named => TrainSetting.All.Where(setting => given.ContainsKey(setting.Name));

    /// <summary>Whether a setting is named.</summary>
    public bool Names(TrainSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return given.ContainsKey(setting.Name);
    }

    /// <summary>Names some settings of a configuration.</summary>
    /// <param name="config">Where the values come from.</param>
    /// <param name="named">The settings.</param>
    public static TrainSettings Of(TrainConfig config, IEnumerable<TrainSetting> named)
    {
        ArgumentNullException.ThrowIfNull(named);
        var (values, chosen) = (ToJson(config), new JsonObject());
        foreach (var setting in named) chosen[setting.Name] = values[setting.Name]?.DeepClone();
        return new TrainSettings(chosen, [], [], new HashSet<string>());
    }

    /// <summary>Reads an object; every mistake in it is in <see cref="Problems"/>.</summary>
    /// <param name="root">A JSON object.</param>
    public static TrainSettings Of(JsonElement root)
    {
        var (given, unread, mistakes, unknown, seen) = (new JsonObject(), new List<KeyValuePair<string, JsonNode?>>(), new List<string>(), new HashSet<string>(), new HashSet<string>());
        foreach (var member in root.EnumerateObject())
        {
            var name = member.Name;
            if (!seen.Add(name))
            {
                mistakes.Add($"\"{Short(name)}\" appears twice");
                continue;
            }
            if (TrainSetting.Find(name) is not { } setting)
            {
                var near = Spelling.Nearest(name, TrainSetting.All.Select(each => each.Name));
                mistakes.Add($"unknown setting \"{Short(name)}\"{(near is null ? "; docs/training-settings.md lists them" : $"; did you mean \"{near}\"?")}");
                // What is said of it would be said of a default.
                if (near is not null) unknown.Add(near);
            }
            else if (!IsReadable(member.Value, setting))
            {
                mistakes.Add($"\"{name}\" is {Short(member.Value.GetRawText())}: expected {setting.TypeText}");
                unknown.Add(name);
            }
            else
            {
                given[name] = setting.Type.IsEnum && member.Value.ValueKind == JsonValueKind.String
                    ? EnumJson.Name((Enum)Enum.Parse(setting.Type, NameOf(member.Value.GetString()!, setting.Type)!))
                    : JsonSerializer.SerializeToNode(member.Value);
                continue;
            }
            unread.Add(new(name, JsonSerializer.SerializeToNode(member.Value)));
        }
        return new TrainSettings(given, unread, mistakes, unknown);
    }

    /// <summary>What is named, over other settings.</summary>
    /// <param name="basis">Where those that are not named come from.</param>
    public TrainConfig Over(TrainConfig basis)
    {
        var settings = ToJson(basis);
        foreach (var (name, value) in given) settings[name] = value?.DeepClone();
        return settings.Deserialize<TrainConfig>(JsonDefaults.Data)!;
    }

    /// <summary>All that is wrong with them over other settings: what cannot be read, then what breaks a rule.</summary>
    /// <param name="basis">Where those that are not named come from.</param>
    public IReadOnlyList<string> Problems(TrainConfig basis) =>
        [.. mistakes, .. TrainRules.Problems(Over(basis), unknown).Select(problem => problem.Message)];

    /// <summary>The settings in which two configurations differ, with what they are in JSON.</summary>
    public static IEnumerable<(string Name, string First, string Second)> Differences(TrainConfig first, TrainConfig second)
    {
        var (left, right) = (ToJson(first), ToJson(second));
        return TrainSetting.All.Select(setting => (setting.Name, left[setting.Name]?.ToJsonString() ?? "null", right[setting.Name]?.ToJsonString() ?? "null"))
            .Where(one => one.Item2 != one.Item3);
    }

    private static JsonObject ToJson(TrainConfig config) => JsonSerializer.SerializeToNode(config, JsonDefaults.Data)!.AsObject();

    private static bool IsReadable(JsonElement value, TrainSetting setting)
    {
        if (value.ValueKind == JsonValueKind.Null) return setting.IsNullable;
        if (setting.Type.IsEnum) return value.ValueKind == JsonValueKind.String && NameOf(value.GetString()!, setting.Type) is not null;
        return value.ValueKind == JsonValueKind.Number
            && (setting.Type == typeof(int) ? value.TryGetInt32(out _) : setting.Type == typeof(long) ? value.TryGetInt64(out _) : value.TryGetDouble(out var number) && double.IsFinite(number));
    }

    /// <summary>The enumeration's own name of what a person may have written in other letters.</summary>
    private static string? NameOf(string text, Type type) => Enum.GetNames(type).FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase));

    private static string Short(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "…";

    private sealed class Converter : JsonConverter<TrainSettings>
    {
        public override TrainSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("Training settings are an object, such as { \"latents\": 2048 }.");
            using var document = JsonDocument.ParseValue(ref reader);
            return Of(document.RootElement);
        }

        public override void Write(Utf8JsonWriter writer, TrainSettings value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, node) in TrainSetting.All.Where(value.Names).Select(setting => KeyValuePair.Create(setting.Name, value.given[setting.Name])).Concat(value.unread))
            {
                writer.WritePropertyName(name);
                if (node is null) writer.WriteNullValue();
                else node.WriteTo(writer, options);
            }
            writer.WriteEndObject();
        }
    }
}
