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
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes) => WriteAllBytes(path, bytes, createFolder: true);

    /// <summary>Writes the value as indented JSON (<see cref="JsonDefaults.Data"/>) with a final newline. Numbers must be finite.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteJson<T>(string path, T value) => WriteAllBytes(path, ToJson(value));

    /// <summary>Writes the bytes into a folder that must exist: a folder that was removed does not come back.</summary>
    /// <exception cref="UserException">The folder is missing, or the file cannot be written.</exception>
    internal static void WriteInFolder(string path, ReadOnlySpan<byte> bytes) => WriteAllBytes(path, bytes, createFolder: false);

    /// <summary>The message for a write that the machine refused: which path, why, and what to do.</summary>
    public static UserException CannotWrite(string path, Exception error) => PendingFile.CannotWrite(path, error);

    /// <summary>The bytes of <see cref="WriteJson"/>.</summary>
    internal static byte[] ToJson<T>(T value) => [.. JsonSerializer.SerializeToUtf8Bytes(value, JsonDefaults.Data), (byte)'\n'];

    private static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes, bool createFolder)
    {
        using var pending = PendingFile.Create(path, createFolder);
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
}
