using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Runs;

/// <summary>Reads metrics.jsonl or histograms.jsonl of a run, written or being written.</summary>
public static class RunMetrics
{
    internal const string ResumedFrom = "resumedFrom";

    /// <summary>
    /// The lines in order, as if the run had never been interrupted: at a line {"resumedFrom": s} those with a "step" above s are
    /// dropped, and so is the marker. An incomplete last line is skipped.
    /// </summary>
    /// <exception cref="UserException">A line is not a JSON object.</exception>
    public static IReadOnlyList<JsonElement> Read(string path)
    {
        var lines = new List<JsonElement>();
        foreach (var (number, line) in JsonLines.ReadNumbered<JsonElement>(path, tolerateTornEnd: true))
        {
            if (line.ValueKind != JsonValueKind.Object) throw new UserException($"{path} line {number}: expected an object.");
            if (Number(line, ResumedFrom) is { } step) lines.RemoveAll(earlier => Number(earlier, "step") > step);
            else lines.Add(line);
        }
        return lines;
    }

    private static double? Number(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}

/// <summary>
/// JSON has no NaN and no infinity: such numbers become null, and "nonFinite" lists their paths ("loss", "layers.2.norm").
/// </summary>
internal static class FiniteJson
{
    public const string Names = "nonFinite";

    // Marks such a number between the two passes. Private-use characters, which text does not contain.
    private const string Mark = "\uE000not finite\uE001";

    private static readonly JsonSerializerOptions Marking =
        JsonDefaults.Make(indented: false, new DoubleConverter(), new SingleConverter());

    /// <exception cref="ArgumentException">The value is not an object in JSON.</exception>
    public static JsonObject Serialize(object value)
    {
        if (JsonSerializer.SerializeToNode(value, value.GetType(), Marking) is not JsonObject line)
            throw new ArgumentException($"{value.GetType().Name} is no JSON object.", nameof(value));
        var names = new List<string>();
        Clear(line, "", names);
        if (names.Count > 0) line[Names] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]);
        return line;
    }

    private static void Clear(JsonNode? node, string path, List<string> names)
    {
        switch (node)
        {
            case JsonObject item:
                foreach (var (name, value) in item.ToList())
                {
                    if (IsMark(value)) item[name] = Named(path + name, names);
                    else Clear(value, $"{path}{name}.", names);
                }
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (IsMark(list[i])) list[i] = Named($"{path}{i}", names);
                    else Clear(list[i], $"{path}{i}.", names);
                }
                break;
        }
    }

    private static JsonNode? Named(string name, List<string> names)
    {
        names.Add(name);
        return null;
    }

    private static bool IsMark(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text == Mark;

    private sealed class DoubleConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteStringValue(Mark);
        }
    }

    private sealed class SingleConverter : JsonConverter<float>
    {
        public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetSingle();

        public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options)
        {
            if (float.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteStringValue(Mark);
        }
    }
}
