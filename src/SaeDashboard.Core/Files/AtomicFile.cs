using System.Text;
using System.Text.Json;

namespace SaeDashboard.Core.Files;

/// <summary>
/// Writes whole files: to a temporary name beside the target, flushed to the disk, renamed over it, and the directory flushed. A reader
/// sees the old file or the new one, never a part, whenever the machine stops. Temporary files that dead processes left are removed by the
/// next write of the same name.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes UTF-8 without a byte order mark.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes the bytes.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        using var pending = PendingFile.Create(path);
        try
        {
            pending.Stream.Write(bytes);
        }
        catch (IOException error)
        {
            throw PendingFile.CannotWrite(path, error);
        }
        pending.Commit();
    }

    /// <summary>Writes what <paramref name="write"/> puts on the stream. When it throws, the target stays as it was.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var pending = PendingFile.Create(path);
        try
        {
            write(pending.Stream);
        }
        catch (IOException error)
        {
            throw PendingFile.CannotWrite(path, error);
        }
        pending.Commit();
    }

    /// <summary>Writes the value as indented JSON (<see cref="JsonDefaults.Data"/>) with a final newline. Numbers must be finite.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteJson<T>(string path, T value)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, JsonDefaults.Data);
        Write(path, stream =>
        {
            stream.Write(json);
            stream.WriteByte((byte)'\n');
        });
    }
}
