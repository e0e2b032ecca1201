using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace SaeDashboard.Core.Files;

/// <summary>
/// What <see cref="JsonDocument"/> does not look at until a text is asked for: bytes that are no UTF-8, and escapes that make half a
/// surrogate pair. Checked once, before parsing, so that no reader of a tree has to expect either.
/// </summary>
public static class JsonText
{
    private static readonly JsonReaderOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Refuses bytes that are not UTF-8, such as text saved as Latin-1.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">One JSON value.</param>
    /// <param name="firstLine">The number of its first line in the file.</param>
    /// <exception cref="UserException">The message names line, column, field and byte, and how to convert the file.</exception>
    internal static void RequireUtf8(string path, ReadOnlySpan<byte> json, int firstLine = 1)
    {
        if (Utf8.IsValid(json)) return;
        var at = 0;
        while (Rune.DecodeFromUtf8(json[at..], out _, out var length) == OperationStatus.Done) at += length;
        var before = json[..at];
        throw new UserException(FormattableString.Invariant($"{path} line {firstLine + before.Count((byte)'\n')}, column {at - before.LastIndexOf((byte)'\n')}: ")
            + $"{(FieldAt(json, at) is { } field ? $"“{field}”" : "this")} is not UTF-8 text (byte 0x{json[at]:X2}). "
            + "Save the file as UTF-8, for example with: iconv -f LATIN1 -t UTF-8 IN > OUT");
    }

    /// <summary>The name of the member whose value holds this byte; null: none does, or what comes before it is not JSON.</summary>
    private static string? FieldAt(ReadOnlySpan<byte> json, int at)
    {
        string? field = null;
        try
        {
            var reader = new Utf8JsonReader(json, Lenient);
            while (reader.Read() && reader.TokenStartIndex <= at)
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.BytesConsumed <= at) field = reader.GetString();
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // What was found before is the answer.
        }
        return field;
    }

    /// <exception cref="UserException">A text in it cannot be read; the message names the file, line and column.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static void RequireReadable(string path, ReadOnlySpan<byte> json)
    {
        RequireUtf8(path, json);
        // Without an escape no text can be half a pair, and most files have none.
        if (json.IndexOf("\\u"u8) < 0) return;
        var reader = new Utf8JsonReader(json, Lenient);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped) continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException error)
            {
                var before = json[..(int)reader.TokenStartIndex];
                throw new UserException($"{path} line {before.Count((byte)'\n') + 1}, column {before.Length - before.LastIndexOf((byte)'\n')}: the "
                    + "text there holds half a surrogate pair: the file is damaged. Fetch it again.", error);
            }
        }
    }
}
