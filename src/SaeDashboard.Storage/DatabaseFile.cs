using System.Buffers.Binary;
using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>What a database file says of itself in its first 100 bytes, read without SQLite: a foreign file is not even opened by it.</summary>
internal static class DatabaseFile
{
    /// <summary>"SAED": the mark of this program's databases (https://www.sqlite.org/fileformat.html, offset 68).</summary>
    public const int ApplicationId = 0x53414544;

    private const int HeaderLength = 100;
    private const int ApplicationIdOffset = 68;

    /// <summary>Whether there is a database to open; false when one has to be made.</summary>
    /// <exception cref="UserException">The file is none of ours, or cannot be read.</exception>
    public static bool Exists(string path)
    {
        if (Directory.Exists(path)) throw new UserException($"{path} is a folder, where the database should be a file. Move it away, or start with --data and another folder.");
        if (!File.Exists(path)) return false;
        Span<byte> header = stackalloc byte[HeaderLength];
        int read;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            read = stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be read: {error.Message} Give this user the right to read and write it, or start with --data and another folder.", error);
        }
        if (read == 0) return false;
        if (read < HeaderLength || !header.StartsWith("SQLite format 3\0"u8))
            throw Foreign(path, "is no SQLite database, or a damaged one");
        if (BinaryPrimitives.ReadInt32BigEndian(header[ApplicationIdOffset..]) != ApplicationId)
            throw Foreign(path, "is a database of another program");
        return true;
    }

    private static UserException Foreign(string path, string what) =>
        new($"{path} {what}; it was left as it is. Move it away (a new one is made), or start with --data and another folder.");
}
