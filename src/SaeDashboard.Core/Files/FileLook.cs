using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

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
