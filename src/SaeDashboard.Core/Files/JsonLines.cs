using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace SaeDashboard.Core.Files;

/// <summary>Reads JSON lines: one value per line, empty lines skipped.</summary>
public static class JsonLines
{
    // A longer line means a damaged file.
    private const int LongestLine = 256 << 20;

    /// <summary>Reads the values in order with <see cref="JsonDefaults.Lines"/>.</summary>
    /// <param name="path">The file. Other processes may append to it meanwhile.</param>
    /// <param name="tolerateTornEnd">
    /// Skips a last line that has no newline and is not valid JSON: its writer was stopped, or is still writing.
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
        if (Utf8Fault(line) is { } at && !tolerate) throw new UserException($"{path} line {number}, byte {at + 1}: not UTF-8 text. Save the file as UTF-8.");
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

    /// <summary>The first byte that is not valid UTF-8; null: all are valid.</summary>
    private static int? Utf8Fault(ReadOnlySpan<byte> line)
    {
        if (Utf8.IsValid(line)) return null;
        var at = 0;
        while (Rune.DecodeFromUtf8(line[at..], out _, out var length) == OperationStatus.Done) at += length;
        return at;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;

    /// <summary>The lines as bytes, without their newlines, numbered from 1.</summary>
    /// <returns>Number, bytes (valid until the next line is read) and whether it ended with a newline; the last line may not.</returns>
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
                if (number == 0 && filled == 0) GitLfsPointer.Refuse(path, buffer.AsSpan(0, read));
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

/// <summary>
/// Appends JSON lines, one write per line, so that readers see whole lines and a stopped writer leaves at most the last one incomplete.
/// Opening repairs such an end: a complete value without a newline gets one, an incomplete value is cut off. One writer per file; not
/// thread-safe.
/// </summary>
public sealed class JsonLinesWriter : IDisposable
{
    private readonly string path;
    private readonly FileStream stream;

    /// <exception cref="UserException">The file cannot be written.</exception>
    public JsonLinesWriter(string path)
    {
        this.path = path;
        stream = RegularFile.OpenOrCreate(path);
        try
        {
            RepairEnd();
        }
        catch (IOException error)
        {
            stream.Dispose();
            throw PendingFile.CannotWrite(path, error);
        }
    }

    /// <summary>Appends one line with <see cref="JsonDefaults.Lines"/>. Numbers must be finite.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public void Append<T>(T value)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, JsonDefaults.Lines);
        var line = new byte[json.Length + 1];
        json.CopyTo(line, 0);
        line[^1] = (byte)'\n';
        try
        {
            stream.Write(line);
        }
        catch (IOException error)
        {
            throw PendingFile.CannotWrite(path, error);
        }
    }

    /// <summary>Flushes the appended lines to the disk, before a checkpoint that refers to them.</summary>
    public void Flush() => stream.Flush(flushToDisk: true);

    public void Dispose() => stream.Dispose();

    private void RepairEnd()
    {
        var start = StartOfLastLine();
        if (start < stream.Length)
        {
            var tail = new byte[stream.Length - start];
            stream.Position = start;
            stream.ReadExactly(tail);
            stream.Position = stream.Length;
            if (IsWhole(tail)) stream.WriteByte((byte)'\n');
            else stream.SetLength(start);
        }
        stream.Position = stream.Length;
    }

    private static bool IsWhole(byte[] line)
    {
        try
        {
            using var value = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Backwards in blocks: a metrics file is long and only its end is needed.
    private long StartOfLastLine()
    {
        var block = new byte[4096];
        var end = stream.Length;
        while (end > 0)
        {
            var length = (int)Math.Min(block.Length, end);
            stream.Position = end - length;
            stream.ReadExactly(block, 0, length);
            var newline = block.AsSpan(0, length).LastIndexOf((byte)'\n');
            if (newline >= 0) return end - length + newline + 1;
            end -= length;
        }
        return 0;
    }
}
