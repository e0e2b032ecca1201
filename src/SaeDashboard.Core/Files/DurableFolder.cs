namespace SaeDashboard.Core.Files;

/// <summary>A folder that is still there after a power cut: its entry in the folder above is brought to the disk as well.</summary>
public static class DurableFolder
{
    /// <summary>Makes the folder when there is none, and brings its name to the disk.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    public static void Create(string path)
    {
        if (Directory.Exists(path)) return;
        Directory.CreateDirectory(path);
        Posix.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
