using System.Text.Json;

namespace SaeDashboard.Core.Files;

/// <summary>Reads files that hold one JSON value.</summary>
public static class JsonFile
{
    /// <summary>Reads the file with <see cref="JsonDefaults.Data"/>.</summary>
    /// <exception cref="UserException">The file is missing, unreadable or not such JSON; the message names file, line and
    /// column.</exception>
    public static T Read<T>(string path)
    {
        var bytes = WholeFile.Read(path);
        try
        {
            JsonText.RequireReadable(path, WithoutMark(bytes));
            return JsonSerializer.Deserialize<T>(WithoutMark(bytes), JsonDefaults.Data)
                ?? throw new UserException($"{path} holds null: expected {JsonWords.Of(typeof(T))}.");
        }
        catch (JsonException error)
        {
            throw new UserException($"{path} line {(error.LineNumber ?? 0) + 1}, column {(error.BytePositionInLine ?? 0) + 1}: " +
                $"{Reason(error, typeof(T))}", error);
        }
    }

    /// <summary>What is wrong, without the names of our types and the places that System.Text.Json appends in its own way.</summary>
    /// <param name="error">The error.</param>
    /// <param name="type">What was read.</param>
    public static string Reason(JsonException error, Type type)
    {
        var message = JsonWords.Plain(error.Message, type, error.Path);
        foreach (var tail in new[] { " Path: ", " LineNumber: " })
        {
            var at = message.LastIndexOf(tail, StringComparison.Ordinal);
            if (at >= 0) message = message[..at];
        }
        // The path says which property; "$" is the whole value and says nothing.
        return error.Path is { Length: > 1 } place ? $"{message} (at {place})" : message;
    }

    internal static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
}
