using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Serving;

/// <summary>Where the resident worker of a data folder listens.</summary>
public static class ServePaths
{
    /// <summary>
    /// The Unix socket of a data folder: named after the folder, in <c>$XDG_RUNTIME_DIR</c> or in a folder of this person's alone under
    /// <c>/tmp</c>. Makes that folder.
    /// </summary>
    /// <exception cref="UserException">Somebody else owns the folder.</exception>
    public static string Socket(string dataRoot)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(dataRoot))))[..16];
        return Path.Combine(Folder(), $"sae-{name}.sock");
    }

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 and < 70 } runtime && Directory.Exists(runtime)) return runtime;
        var folder = Path.Combine("/tmp", $"saedashboard-{Environment.UserName}");
        try
        {
            Directory.CreateDirectory(folder);
            // Only its owner may do this: a folder that somebody else put there is refused.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be used for the worker's socket: {error.Message} Remove it, or set XDG_RUNTIME_DIR to a folder of your own.", error);
        }
    }
}

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
