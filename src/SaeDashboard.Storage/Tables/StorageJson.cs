using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaeDashboard.Storage.Tables;

/// <summary>The JSON of documents in the journal: as all JSON of this program, without nulls, times as 2026-11-23T10:15:02.123Z.</summary>
internal static class StorageJson
{
    public static JsonSerializerOptions Options { get; } = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonDefaults.Lines) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
        options.Converters.Add(new UtcConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Times in UTC to the millisecond: text that sorts, in the journal, in LiteDB and in exported files.</summary>
    private sealed class UtcConverter : JsonConverter<DateTimeOffset>
    {
        private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            DateTimeOffset.TryParseExact(reader.GetString(), Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time
                : throw new JsonException($"“{reader.GetString()}” is not a time such as 2026-11-23T10:15:02.123Z.");

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture));
    }
}
