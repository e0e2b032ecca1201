using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

/// <summary>
/// The one place that opens untrusted files. It opens regular files only and never blocks: a named pipe, socket, device or folder is an
/// error, checked before and after opening. Links are followed; code that shows a file's contents to users opens it through
/// <see cref="Serving.AllowedRoots.OpenFile"/>, which checks the final target against the allowed folders.
/// </summary>
public static class RegularFile
{
    /// <summary>Opens for reading. Other processes may write, rename and delete it meanwhile.</summary>
    /// <exception cref="UserException">It is missing, unreadable or not a regular file; the message names it.</exception>
    public static SafeFileHandle Open(string path) => TryOpen(path) ?? throw new UserException($"{path} does not exist.");

    /// <summary>As <see cref="Open"/>; null if there is no such file.</summary>
    /// <exception cref="UserException">It is unreadable or not a regular file; the message names it.</exception>
    public static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            if (Posix.Look(path) is not { } look) return null;
            Require(path, look.Kind);
            var file = Posix.OpenForReading(path);
            if (file is null) return null;
            try
            {
                // It may have been replaced in between.
                Require(path, Posix.Look(file, path).Kind);
                return file;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>As <see cref="Open"/>, as a stream.</summary>
    /// <exception cref="UserException">As <see cref="Open"/>.</exception>
    public static FileStream OpenStream(string path, int bufferSize = 0) => new(Open(path), FileAccess.Read, bufferSize);

    /// <summary>As <see cref="TryOpen"/>, as an unbuffered stream.</summary>
    /// <exception cref="UserException">As <see cref="TryOpen"/>.</exception>
    public static FileStream? TryOpenStream(string path) => TryOpen(path) is { } file ? new FileStream(file, FileAccess.Read, bufferSize: 0) : null;

    /// <summary>Opens for reading and writing at its beginning, without truncating; created if it does not exist.</summary>
    /// <exception cref="UserException">It cannot be written or is not a regular file; the message names it.</exception>
    public static FileStream OpenOrCreate(string path)
    {
        try
        {
            if (Posix.Look(path) is { } look) Require(path, look.Kind);
            var file = Posix.OpenOrCreate(path);
            try
            {
                Require(path, Posix.Look(file, path).Kind);
                return new FileStream(file, FileAccess.ReadWrite, bufferSize: 0);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw PendingFile.CannotWrite(path, error);
        }
    }

    /// <summary>As <see cref="OpenOrCreate"/>, at its end.</summary>
    /// <exception cref="UserException">As <see cref="OpenOrCreate"/>.</exception>
    public static FileStream Append(string path)
    {
        var stream = OpenOrCreate(path);
        stream.Seek(0, SeekOrigin.End);
        return stream;
    }

    /// <summary>Rejects anything but a regular file before another program opens the path; a missing file is accepted.</summary>
    /// <exception cref="UserException">The path is not a regular file, or access is denied.</exception>
    public static void RequireOrMissing(string path)
    {
        if (FileLook.At(path) is { } look) Require(path, look.Kind);
    }

    /// <summary>Fills the span from an offset of the file.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="offset">Bytes from its beginning.</param>
    /// <param name="bytes">Filled completely.</param>
    /// <exception cref="UserException">The file ends earlier, or the disk fails.</exception>
    public static void ReadExactly(SafeFileHandle file, string path, long offset, Span<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
            {
                var read = RandomAccess.Read(file, bytes, offset);
                if (read == 0)
                    throw new UserException($"{path} became shorter while it was read: it is being written or replaced. Try again when that is done.");
                bytes = bytes[read..];
                offset += read;
            }
        }
        catch (IOException error)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }

    private static void Require(string path, FileKind kind)
    {
        if (kind == FileKind.Regular) return;
        var what = kind switch
        {
            FileKind.Folder => "a folder",
            FileKind.Pipe => "a named pipe",
            FileKind.Socket => "a socket",
            _ => "a device",
        };
        throw new UserException($"{path} is {what}, not a regular file: put the file itself in its place.");
    }
}

/// <summary>The target of a path, links followed.</summary>
/// <param name="Kind">The kind of entry.</param>
/// <param name="Length">Bytes of a regular file.</param>
/// <param name="ModifiedUtc">When it was last written, UTC.</param>
/// <param name="Identity">Device and inode: a replaced file has another. 0 on systems without inodes.</param>
public readonly record struct FileLook(FileKind Kind, long Length, DateTime ModifiedUtc, UInt128 Identity)
{
    /// <summary>Examines an open file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    public static FileLook Of(SafeFileHandle file, string path) => Posix.Look(file, path);

    /// <summary>Examines a path without opening it; null if nothing is there, or a link without a target.</summary>
    /// <exception cref="UserException">Access is denied.</exception>
    public static FileLook? At(string path)
    {
        try
        {
            return Posix.Look(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }
}

/// <summary>The kinds of directory entries. Only regular files are opened: opening a named pipe blocks until another process writes to it.</summary>
public enum FileKind
{
    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe (FIFO).</summary>
    Pipe,

    /// <summary>A Unix socket.</summary>
    Socket,

    /// <summary>A character or block device.</summary>
    Device,
}

/// <summary>Reads small files whole, at most <see cref="MaxBytes"/>.</summary>
public static class WholeFile
{
    /// <summary>Bytes of the largest file: ten times a large tokenizer.</summary>
    public const long MaxBytes = 256L << 20;

    /// <param name="path">The file.</param>
    /// <param name="max">The largest allowed size, bytes.</param>
    /// <exception cref="UserException">The file is missing, unreadable, not a regular file or too large; the message names it.</exception>
    public static byte[] Read(string path, long max = MaxBytes)
    {
        using var file = RegularFile.Open(path);
        var length = Posix.Look(file, path).Length;
        if (length > max) throw new UserException($"{path} has {length} bytes; a file of this kind has at most {max}.");
        var bytes = new byte[length];
        RegularFile.ReadExactly(file, path, 0, bytes);
        GitLfsPointer.Refuse(path, bytes);
        return bytes;
    }
}

/// <summary>The small text file that a clone without Git LFS has in place of a large file.</summary>
public static class GitLfsPointer
{
    /// <summary>Bytes that identify a pointer: pass <see cref="Refuse(string, ReadOnlySpan{byte})"/> at least this many of the file's first bytes.</summary>
    public const int KnownBy = 36;

    private static ReadOnlySpan<byte> Beginning => "version https://git-lfs.github.com/s"u8;

    /// <summary>Rejects a file that is a pointer. Every reader of downloaded files calls it before it reports a file as damaged.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Its first bytes.</param>
    /// <exception cref="UserException">The file is a pointer; the message says how to get the file itself.</exception>
    public static void Refuse(string path, ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Beginning))
            throw new UserException($"{path} is a Git LFS pointer, not the file itself: run \"git lfs pull\" in the clone it is from, or download the file itself.");
    }

    /// <summary>As <see cref="Refuse(string, ReadOnlySpan{byte})"/>, for a file that is not open.</summary>
    /// <exception cref="UserException">The file is a pointer, or cannot be read.</exception>
    public static void Refuse(string path)
    {
        using var file = RegularFile.Open(path);
        var start = new byte[Math.Min(KnownBy, Posix.Look(file, path).Length)];
        RegularFile.ReadExactly(file, path, 0, start);
        Refuse(path, start);
    }
}
