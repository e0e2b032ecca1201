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

    /// <exception cref="UserException">A text in it cannot be read; the message names the file, line and column.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static void RequireReadable(string path, ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw new UserException($"{path} is not UTF-8 text: it is damaged, or no JSON file. Fetch it again.");
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
