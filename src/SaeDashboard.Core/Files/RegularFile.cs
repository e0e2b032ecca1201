using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

/// <summary>
/// The one place where files are opened that somebody else may have put there. It opens regular files only and never waits: a named pipe, a
/// socket, a device or a folder under a file's name is an error, both before and after the opening. Links are followed; who shows a file's
/// contents to others opens it through <see cref="Serving.AllowedRoots.OpenFile"/>, which holds the final target against folders.
/// </summary>
public static class RegularFile
{
    /// <summary>Opens for reading. Others may write, rename and delete meanwhile.</summary>
    /// <exception cref="UserException">It is missing, unreadable or not a regular file; the message names it.</exception>
    public static SafeFileHandle Open(string path) => TryOpen(path) ?? throw new UserException($"{path} does not exist.");

    /// <summary>As <see cref="Open"/>; null when there is no such file.</summary>
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
                // It may have become something else between the two.
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

    /// <summary>Opens for reading and writing, made when it is not there; at its beginning, nothing cut off.</summary>
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

    /// <summary>Refuses what is not a regular file before another program opens it; nothing at all is right.</summary>
    /// <exception cref="UserException">Something else is there, or it may not be looked at.</exception>
    public static void RequireOrMissing(string path)
    {
        if (FileLook.At(path) is { } look) Require(path, look.Kind);
    }

    /// <summary>Fills the span from this place in the file.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="offset">Bytes from its beginning.</param>
    /// <param name="bytes">Filled whole.</param>
    /// <exception cref="UserException">The file ends before, or the disk fails.</exception>
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

/// <summary>What a path leads to, links followed.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Length">Bytes of a regular file.</param>
/// <param name="ModifiedUtc">When it was last written, UTC.</param>
/// <param name="Identity">Device and inode: another file under the same name has another. 0 where the system has no such thing.</param>
public readonly record struct FileLook(FileKind Kind, long Length, DateTime ModifiedUtc, UInt128 Identity)
{
    /// <summary>Looks at an open file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    public static FileLook Of(SafeFileHandle file, string path) => Posix.Look(file, path);

    /// <summary>Looks at what is there without opening it; null when there is nothing, or a link that leads nowhere.</summary>
    /// <exception cref="UserException">It may not be looked at.</exception>
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

/// <summary>What a name in a folder can be. Only a regular file is ever opened: opening a named pipe waits for whoever writes to it.</summary>
public enum FileKind
{
    /// <summary>A file with contents.</summary>
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

/// <summary>Reads small files whole: not more than <see cref="Most"/>.</summary>
public static class WholeFile
{
    /// <summary>Bytes of the largest file: ten times a large tokenizer.</summary>
    public const long Most = 256L << 20;

    /// <param name="path">The file.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <exception cref="UserException">The file is missing, unreadable, not a regular file or too large; the message names it.</exception>
    public static byte[] Read(string path, long most = Most)
    {
        using var file = RegularFile.Open(path);
        var length = Posix.Look(file, path).Length;
        if (length > most) throw new UserException($"{path} has {length} bytes; a file of this kind has at most {most}.");
        var bytes = new byte[length];
        RegularFile.ReadExactly(file, path, 0, bytes);
        GitLfsPointer.Refuse(path, bytes);
        return bytes;
    }
}

/// <summary>The small text that a clone without Git LFS has in the place of a large file.</summary>
public static class GitLfsPointer
{
    /// <summary>Bytes by which one is known: give <see cref="Refuse(string, ReadOnlySpan{byte})"/> at least as many of the file's beginning where it has them.</summary>
    public const int KnownBy = 36;

    private static ReadOnlySpan<byte> Beginning => "version https://git-lfs.github.com/s"u8;

    /// <summary>Refuses a file that is a pointer. Every reader of files from elsewhere calls it, at the latest before it calls a file damaged.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Its first bytes.</param>
    /// <exception cref="UserException">It is a pointer; the message says how to get the file.</exception>
    public static void Refuse(string path, ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Beginning))
            throw new UserException($"{path} is a Git LFS pointer, not the file itself: run \"git lfs pull\" in the clone it is from, or download the file itself.");
    }

    /// <summary>As <see cref="Refuse(string, ReadOnlySpan{byte})"/>, of a file whose beginning is not at hand.</summary>
    /// <exception cref="UserException">It is a pointer, or cannot be read.</exception>
    public static void Refuse(string path)
    {
        using var file = RegularFile.Open(path);
        var start = new byte[Math.Min(KnownBy, Posix.Look(file, path).Length)];
        RegularFile.ReadExactly(file, path, 0, start);
        Refuse(path, start);
    }
}
