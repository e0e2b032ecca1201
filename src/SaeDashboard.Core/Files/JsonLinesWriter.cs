using System.Text.Json;

namespace SaeDashboard.Core.Files;

/// <summary>
/// Appends JSON lines, one write a line, so that a reader meets whole lines and a stopped writer tears at most the last. Opening repairs
/// such an end: a whole value that lacks its newline gets it, a part of one is cut off. One writer a file; not safe for several threads.
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

    /// <summary>Brings what was appended to the disk: before a checkpoint that refers to it.</summary>
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

    // Backwards in blocks: a metrics file is long and its end is near.
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
