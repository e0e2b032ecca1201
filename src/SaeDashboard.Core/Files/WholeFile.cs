namespace SaeDashboard.Core.Files;

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
        return bytes;
    }
}
