using System.Text;
using System.Text.Json;

namespace SaeDashboard.Core.Files;

/// <summary>
/// Writes files atomically: to a temporary name next to the target, flushed to the disk, renamed over it, and the directory flushed. A reader
/// sees the old file or the new one, never a part, even after a power cut. The next write of the same name removes temporary files that
/// dead processes left.
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

    /// <summary>Writes the bytes into a folder that must exist: a removed folder is not created again.</summary>
    /// <exception cref="UserException">The folder is missing, or the file cannot be written.</exception>
    public static void WriteInFolder(string path, ReadOnlySpan<byte> bytes) => WriteAllBytes(path, bytes, createFolder: false);

    /// <summary>Removes temporary files that dead processes left in a folder, of whatever name: for folders whose names seldom come again.</summary>
    public static void RemoveLeftovers(string folder) => PendingFile.RemoveLeftovers(folder, null);

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

    /// <summary>Writes what <paramref name="write"/> puts on the stream. If it throws, the target is unchanged.</summary>
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

/// <summary>A temporary file next to its target, until it is committed or disposed.</summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string target;
    private readonly string directory;
    private readonly string temporary;
    private bool committed;

    private PendingFile(string target, string directory, string temporary, FileStream stream)
    {
        this.target = target;
        this.directory = directory;
        this.temporary = temporary;
        Stream = stream;
    }

    public FileStream Stream { get; }

    /// <param name="path">The target.</param>
    /// <param name="createFolder">Whether a missing folder is created; otherwise it is an error.</param>
    public static PendingFile Create(string path, bool createFolder = true)
    {
        var target = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(target) ?? throw new UserException($"{path} is a folder: give the name of a file.");
        if (Directory.Exists(target)) throw new UserException($"{path} is a folder: give the name of a file.");
        var name = Path.GetFileName(target);
        try
        {
            if (createFolder) Directory.CreateDirectory(directory);
            RemoveLeftovers(directory, name);
            while (true)
            {
                var temporary = Path.Combine(directory, $".{name}.{Guid.NewGuid():N}.tmp");
                // FileShare.Read is a shared flock: a process that removes leftovers takes an exclusive one and so skips files in use.
                var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 1 << 16);
                if (File.Exists(temporary)) return new PendingFile(target, directory, temporary, stream);
                stream.Dispose(); // Removed as a leftover in the instant before it was locked.
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(path, error);
        }
    }

    public void Commit()
    {
        try
        {
            Stream.Flush(flushToDisk: true);
            // Renamed while still open, so it is still locked against removal as a leftover.
            File.Move(temporary, target, overwrite: true);
            committed = true;
            Posix.Flush(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(target, error);
        }
    }

    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException) when (!committed)
        {
            // The disk is full: the error was already thrown, and the file is deleted.
        }
        if (!committed) File.Delete(temporary);
    }

    public static UserException CannotWrite(string path, Exception error) => new(DiskFault.Reason(error) is { } reason
        ? $"{path} cannot be written: {reason}. ({error.Message})"
        : $"{path} cannot be written: {error.Message} Check that the folder may be written to and that the disk has room.", error);

    /// <param name="directory">The folder.</param>
    /// <param name="name">The target's name; null: any.</param>
    internal static void RemoveLeftovers(string directory, string? name)
    {
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles(".*.tmp"))
        {
            // A dot, the name, a dot, 32 digits and the ending.
            if (name is null ? file.Name.Length > 38 && file.Name[^37] == '.' && file.Name[^36..^4].All(char.IsAsciiHexDigitLower) : file.Name.Length == name.Length + 38 && file.Name.StartsWith($".{name}.", StringComparison.Ordinal))
                RemoveUnlessInUse(file.FullName);
        }
    }

    private static void RemoveUnlessInUse(string path)
    {
        try
        {
            using var file = RegularFile.TryOpen(path);
            if (file is not null && Posix.TryLock(file, exclusive: true)) File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserException)
        {
            // In use, just renamed, or another user's: not ours to remove.
        }
    }
}
