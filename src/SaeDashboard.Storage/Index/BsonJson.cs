using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LiteDB;

namespace SaeDashboard.Storage.Index;

/// <summary>
/// Converts a document's JSON to BSON and back to the same bytes: integers are Int64, other numbers doubles (both written as System.Text.Json
/// writes them); times stay strings, because LiteDB would round them.
/// </summary>
internal static class BsonJson
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static BsonDocument ToBson(ReadOnlyMemory<byte> json)
    {
        using var parsed = JsonDocument.Parse(json);
        return (BsonDocument)ToBson(parsed.RootElement);
    }

    /// <exception cref="InvalidDataException">The value is of a kind that this program does not write.</exception>
    public static byte[] ToJson(BsonDocument document)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Writing)) Write(writer, document);
        return stream.ToArray();
    }

    private static BsonValue ToBson(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => Document(value),
        JsonValueKind.Array => new BsonArray(value.EnumerateArray().Select(ToBson)),
        JsonValueKind.String => new BsonValue(value.GetString()),
        JsonValueKind.True => new BsonValue(true),
        JsonValueKind.False => new BsonValue(false),
        JsonValueKind.Number => Number(value),
        _ => BsonValue.Null,
    };

    private static BsonDocument Document(JsonElement value)
    {
        var document = new BsonDocument();
        foreach (var member in value.EnumerateObject()) document[member.Name] = ToBson(member.Value);
        return document;
    }

    private static BsonValue Number(JsonElement value) =>
        value.TryGetInt64(out var whole) && whole.ToString(CultureInfo.InvariantCulture) == value.GetRawText() ? new BsonValue(whole) : new BsonValue(value.GetDouble());

    private static void Write(Utf8JsonWriter writer, BsonValue value)
    {
        switch (value.Type)
        {
            case BsonType.Document:
                writer.WriteStartObject();
                foreach (var (name, member) in value.AsDocument)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member);
                }
                writer.WriteEndObject();
                break;
            case BsonType.Array:
                writer.WriteStartArray();
                foreach (var item in value.AsArray) Write(writer, item);
                writer.WriteEndArray();
                break;
            case BsonType.String: writer.WriteStringValue(value.AsString); break;
            case BsonType.Boolean: writer.WriteBooleanValue(value.AsBoolean); break;
            case BsonType.Int64: writer.WriteNumberValue(value.AsInt64); break;
            case BsonType.Double: writer.WriteNumberValue(value.AsDouble); break;
            case BsonType.Null: writer.WriteNullValue(); break;
            default: throw new InvalidDataException($"a value of type {value.Type}");
        }
    }
}
