using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Worker.Running;

/// <summary>Gives a finished folder its final name: in one step, also from one file system to another.</summary>
internal static class FolderMove
{
    /// <exception cref="UserException">The target exists, or cannot be written.</exception>
    public static void IntoPlace(string from, string to)
    {
        if (Path.Exists(to)) throw new UserException($"{to} exists already: remove it or give the run another place for its SAE.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
        try
        {
            Directory.Move(from, to);
        }
        catch (IOException)
        {
            // Another file system: a copy that appears whole, then the original goes.
            using var target = AtomicFolder.Create(to);
            foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(target.WorkPath, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
            target.Commit();
            Directory.Delete(from, recursive: true);
        }
    }
}
