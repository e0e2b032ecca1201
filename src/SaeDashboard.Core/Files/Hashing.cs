using System.Security.Cryptography;

namespace SaeDashboard.Core.Files;

/// <summary>SHA-256 in lower-case hexadecimal, which identifies models, dictionaries and datasets.</summary>
public static class Hashing
{
    /// <exception cref="UserException">The file cannot be read.</exception>
    public static string Sha256File(string path) => Sha256Files(path);

    /// <summary>The hash of the files' concatenated bytes, as <c>cat a b | sha256sum</c> prints it.</summary>
    /// <exception cref="UserException">A file cannot be read.</exception>
    public static string Sha256Files(params ReadOnlySpan<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var path in paths)
        {
            using var stream = RegularFile.OpenStream(path);
            try
            {
                while (stream.Read(buffer) is > 0 and var read) hash.AppendData(buffer, 0, read);
            }
            catch (IOException error)
            {
                throw new UserException($"{path} cannot be read: {error.Message}", error);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
