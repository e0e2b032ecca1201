using System.Diagnostics;

namespace SaeDashboard.Tests;

/// <summary>A disk of a few hundred kilobytes, to fill: a tmpfs. Where this user may mount none, the test is skipped and says so.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string ballast;

    public SmallDisk(int kilobytes)
    {
        Path = Directory.CreateTempSubdirectory("sae-disk-").FullName;
        ballast = System.IO.Path.Combine(Path, "ballast");
        if (Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "none", Path) == 0) return;
        Directory.Delete(Path);
        Assert.Skip("Mounting a tmpfs needs root.");
    }

    /// <summary>Its folder.</summary>
    public string Path { get; }

    /// <summary>A path on it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Leaves room for this many kilobytes and no more.</summary>
    public void Fill(int kilobytesLeft)
    {
        using var file = new FileStream(ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        while (new DriveInfo(Path).AvailableFreeSpace > kilobytesLeft * 1024L) file.Write(new byte[4096]);
    }

    /// <summary>Makes room again.</summary>
    public void MakeRoom() => File.Delete(ballast);

    public void Dispose()
    {
        _ = Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
