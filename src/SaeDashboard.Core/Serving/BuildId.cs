using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Serving;

/// <summary>Which build a program is: a resident worker of another build than the site's is ended, not talked to.</summary>
public static class BuildId
{
    /// <summary>SHA-256 (16 hexadecimal digits) over this project's libraries in a program's folder, by name and contents.</summary>
    /// <param name="folder">The program's folder.</param>
    /// <exception cref="UserException">The folder is missing.</exception>
    public static string Of(string folder)
    {
        if (!Directory.Exists(folder)) throw new UserException($"{folder} is missing: build the worker (scripts/worker.sh --help does).");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = Directory.EnumerateFiles(folder, "SaeDashboard.*.dll").Concat(Directory.EnumerateFiles(folder, "libsae*.so"));
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\n"));
            hash.AppendData(WholeFile.Read(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
