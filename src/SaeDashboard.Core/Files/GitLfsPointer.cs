namespace SaeDashboard.Core.Files;

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
