namespace SaeDashboard.Core.Files;

/// <summary>
/// Reads small files whole. Not more than their length says, so that a link to an endless device (a repository may hold one) ends, and not
/// more than <see cref="Most"/>.
/// </summary>
public static class WholeFile
{
    /// <summary>Bytes of the largest file: ten times a large tokenizer.</summary>
    public const long Most = 256L << 20;

    /// <param name="path">The file.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <exception cref="UserException">The file is missing, unreadable, no ordinary file or too large; the message names it.</exception>
    public static byte[] Read(string path, long most = Most)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (!stream.CanSeek) throw new UserException($"{path} is no ordinary file: put the file itself in its place.");
            if (stream.Length > most) throw new UserException($"{path} has {stream.Length} bytes; a file of this kind has at most {most}.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"{path} does not exist.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }
}
