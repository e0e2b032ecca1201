using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Serving;

/// <summary>The socket of a data folder's serving worker.</summary>
public static class ServePaths
{
    /// <summary>
    /// The Unix socket of a data folder: named after the folder, in <c>$XDG_RUNTIME_DIR</c> or in a private folder of the user under
    /// <c>/tmp</c>, which is created.
    /// </summary>
    /// <exception cref="UserException">The folder has another owner.</exception>
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
            // Only the owner may change the mode: a folder that another user created is rejected.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be used for the worker's socket: {error.Message} Remove it, or set XDG_RUNTIME_DIR to a folder of your own.", error);
        }
    }
}

/// <summary>Identifies a program's build: a serving worker of another build than the site's is stopped instead of used.</summary>
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
