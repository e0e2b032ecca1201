using System.Buffers;
using System.Text.Json;

namespace SaeDashboard.Core.Files;

/// <summary>Reads JSON lines: one value a line, empty lines passed over.</summary>
public static class JsonLines
{
    // A line longer than this is not a line but a damaged file.
    private const int LongestLine = 256 << 20;

    /// <summary>Reads the values one after the other with <see cref="JsonDefaults.Lines"/>.</summary>
    /// <param name="path">The file. Others may append to it meanwhile.</param>
    /// <param name="tolerateTornEnd">
    /// Passes over a last line that has no newline and is no JSON: its writer was stopped, or is writing.
    /// </param>
    /// <exception cref="UserException">"file.jsonl line 17: …", or the file cannot be read.</exception>
    public static IEnumerable<T> Read<T>(string path, bool tolerateTornEnd) =>
        ReadNumbered<T>(path, tolerateTornEnd).Select(pair => pair.Value);

    /// <summary>As <see cref="Read"/>, with the number of each value's line, counted from 1.</summary>
    public static IEnumerable<(int Line, T Value)> ReadNumbered<T>(string path, bool tolerateTornEnd)
    {
        foreach (var (number, line, ended) in Lines(path))
        {
            if (number == 1 && JsonFile.WithoutMark(line.Span).IsEmpty || IsBlank(line.Span)) continue;
            if (Parse<T>(path, number, line.Span, tolerateTornEnd && !ended, out var value)) yield return (number, value!);
        }
    }

    private static bool Parse<T>(string path, int number, ReadOnlySpan<byte> line, bool tolerate, out T? value)
    {
        // A line that is being written may end in the middle of a character.
        if (!tolerate) JsonText.RequireUtf8(path, line, number);
        try
        {
            value = JsonSerializer.Deserialize<T>(number == 1 ? JsonFile.WithoutMark(line) : line, JsonDefaults.Lines);
            return value is not null ? true : throw new UserException($"{path} line {number}: expected {JsonWords.Of(typeof(T))}, got null.");
        }
        catch (JsonException) when (tolerate)
        {
            value = default;
            return false;
        }
        catch (JsonException error)
        {
            throw new UserException($"{path} line {number}: {JsonFile.Reason(error, typeof(T))}", error);
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;

    /// <summary>The lines as bytes, without their newlines, numbered from 1.</summary>
    /// <returns>Number, bytes (valid until the next line is asked for) and whether a newline ended it: the last line may have none.</returns>
    /// <exception cref="UserException">The file cannot be read, or a line is longer than 256 MiB.</exception>
    public static IEnumerable<(int Number, ReadOnlyMemory<byte> Line, bool Ended)> Lines(string path)
    {
        using var stream = RegularFile.OpenStream(path);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            int filled = 0, number = 0;
            while (true)
            {
                if (filled == buffer.Length) buffer = Grow(buffer, path, number + 1);
                var read = stream.Read(buffer, filled, buffer.Length - filled);
                if (read == 0) break;
                var scanned = filled;
                filled += read;
                var start = 0;
                while (buffer.AsSpan(scanned, filled - scanned).IndexOf((byte)'\n') is >= 0 and var length)
                {
                    yield return (++number, buffer.AsMemory(start, scanned + length - start), true);
                    start = scanned = scanned + length + 1;
                }
                buffer.AsSpan(start, filled - start).CopyTo(buffer);
                filled -= start;
            }
            if (filled > 0) yield return (++number, buffer.AsMemory(0, filled), false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grow(byte[] buffer, string path, int line)
    {
        if (buffer.Length >= LongestLine)
            throw new UserException($"{path} line {line}: longer than {LongestLine >> 20} MiB: this is no JSON lines file.");
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
