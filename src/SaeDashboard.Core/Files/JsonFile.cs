using System.Buffers;
using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;

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

    /// <summary>The error's message, without .NET type names and the position that System.Text.Json appends.</summary>
    /// <param name="error">The error.</param>
    /// <param name="type">The type that was read.</param>
    public static string Reason(JsonException error, Type type)
    {
        var message = JsonWords.Plain(error.Message, type, error.Path);
        foreach (var tail in new[] { " Path: ", " LineNumber: " })
        {
            var at = message.LastIndexOf(tail, StringComparison.Ordinal);
            if (at >= 0) message = message[..at];
        }
        // The path names the property; "$" is the whole value and is left out.
        return error.Path is { Length: > 1 } place ? $"{message} (at {place})" : message;
    }

    internal static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
}

/// <summary>
/// Checks what <see cref="JsonDocument"/> checks only when a string is read: invalid UTF-8, and escapes of half a surrogate pair. Done once
/// before parsing, so that readers of the tree need not handle either.
/// </summary>
public static class JsonText
{
    private static readonly JsonReaderOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Rejects bytes that are not UTF-8, such as text saved as Latin-1.</summary>
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

    /// <summary>The name of the member whose value contains this byte; null: none does, or the text before it is not JSON.</summary>
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

    /// <exception cref="UserException">A string is invalid; the message names the file, line and column.</exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static void RequireReadable(string path, ReadOnlySpan<byte> json)
    {
        RequireUtf8(path, json);
        // Without an escape no string can be half a pair, and most files have none.
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

/// <summary>System.Text.Json's messages without .NET type names: "expected an integer", not "Nullable`1[System.Int32]".</summary>
internal static partial class JsonWords
{
    /// <summary>The message with its type in words. Messages without a type are unchanged.</summary>
    /// <param name="message">The message of System.Text.Json.</param>
    /// <param name="root">The type that was read.</param>
    /// <param name="place">The JSON path: "$.clips[3].key". For constructor parameters the message itself names only the whole type.</param>
    public static string Plain(string message, Type root, string? place)
    {
        if (Conversion().Match(message) is { Success: true } conversion) return $"expected {(At(root, place) is { } type ? Of(type) : Of(conversion.Groups[1].Value))}.{message[(conversion.Index + conversion.Length)..]}";
        if (Missing().Match(message) is { Success: true } missing) return $"required and missing: {missing.Groups[1].Value}.{message[(missing.Index + missing.Length)..]}";
        if (Unknown().Match(message) is { Success: true } unknown) return $"unknown member '{unknown.Groups[1].Value}'.{message[(unknown.Index + unknown.Length)..]}";
        if (Null().Match(message) is { Success: true } nothing) return $"'{JsonNamingPolicy.CamelCase.ConvertName(nothing.Groups[1].Value)}' must not be null.{message[(nothing.Index + nothing.Length)..]}";
        if (Twice().Match(message) is { Success: true } twice) return $"'{twice.Groups[1].Value}' is there twice.{message[(twice.Index + twice.Length)..]}";
        return message;
    }

    /// <summary>"an integer", "a list", "an object", "one of \"train\", \"index\"".</summary>
    public static string Of(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum) return $"one of {string.Join(", ", Enum.GetNames(type).Select(name => $"\"{JsonNamingPolicy.CamelCase.ConvertName(name)}\""))}";
        if (type == typeof(string)) return "a string";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(float) || type == typeof(double) || type == typeof(decimal)) return "a number";
        if (type == typeof(DateTime) || type == typeof(DateTimeOffset)) return "a time such as \"2026-11-23T10:15:02Z\"";
        if (type.IsPrimitive) return "an integer";
        return type.IsAssignableTo(typeof(IEnumerable)) && !type.IsAssignableTo(typeof(IDictionary)) && !type.Name.Contains("Dictionary", StringComparison.Ordinal) ? "a list" : "an object";
    }

    /// <summary>The type at a JSON path; null: not known.</summary>
    private static Type? At(Type root, string? place)
    {
        if (place is not ['$', ..]) return null;
        Type? type = root;
        foreach (Match step in Step().Matches(place))
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            if (step.Groups["item"].Success || type.Name.Contains("Dictionary", StringComparison.Ordinal))
                type = type.IsArray ? type.GetElementType() : type.IsGenericType ? type.GenericTypeArguments[^1] : null;
            else
                type = type.GetProperties().FirstOrDefault(property => string.Equals(property.Name, step.Groups["name"].Value, StringComparison.OrdinalIgnoreCase))?.PropertyType;
            if (type is null) return null;
        }
        return type;
    }

    /// <summary>The words for a type named in a message.</summary>
    private static string Of(string name)
    {
        // "System.Nullable`1[System.Int32]", "System.Collections.Generic.List`1[System.Double]", "SaeDashboard.Core.Runs.RunKind".
        var inner = name.StartsWith("System.Nullable`1[", StringComparison.Ordinal) ? name[18..].TrimEnd(']') : name;
        var type = Type.GetType(inner) ?? AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(inner)).FirstOrDefault(found => found is not null);
        if (type is not null) return Of(type);
        return inner.EndsWith("[]", StringComparison.Ordinal) || inner.Contains("List", StringComparison.Ordinal) ? "a list" : "an object";
    }

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\['(?<name>[^']*)'\]|\[(?<item>\d+)\]", RegexOptions.None, 1000)]
    private static partial Regex Step();

    [GeneratedRegex(@"The JSON value could not be converted to (\S+?)\.(?= |$)", RegexOptions.None, 1000)]
    private static partial Regex Conversion();

    [GeneratedRegex(@"The JSON property '([^']*)' could not be mapped to any \.NET member contained in type '[^']*'\.", RegexOptions.None, 1000)]
    private static partial Regex Unknown();

    [GeneratedRegex(@"The (?:constructor parameter|property or field) '([^']+)' on type '[^']*' doesn't allow (?:\w+ )?null values\.(?: Consider updating its nullability annotation\.)?", RegexOptions.None, 1000)]
    private static partial Regex Null();

    [GeneratedRegex(@"Duplicate property '([^']*)' encountered during deserialization of type '[^']*'\.", RegexOptions.None, 1000)]
    private static partial Regex Twice();

    [GeneratedRegex(@"JSON deserialization for type '[^']*' was missing required properties including: (.+?)\.(?= Path:| LineNumber:|$)", RegexOptions.None, 1000)]
    private static partial Regex Missing();
}
