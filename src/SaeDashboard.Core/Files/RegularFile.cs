using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

/// <summary>
/// The one place where files are opened that somebody else may have put there. It opens regular files only and never waits: a named pipe, a
/// socket, a device or a folder under a file's name is an error, both before and after the opening, and so is a Git LFS pointer. Links are
/// followed; who shows a file's contents to others opens it through <see cref="Serving.AllowedRoots.OpenFile"/>, which holds the final target
/// against folders.
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
                var opened = Posix.Look(file, path);
                Require(path, opened.Kind);
                LfsPointer.Refuse(file, path, opened.Length);
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
