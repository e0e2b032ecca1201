using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data;

/// <summary>The name that people know a folder by, in its <c>name.txt</c>. An SAE's name is its run's; the file keeps it when the run is deleted.</summary>
internal static class FolderName
{
    private const string FileName = "name.txt";

    private const int MaxBytes = 1024;

    /// <summary>The name; null: the folder has none that can be shown.</summary>
    public static string? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? PersonText.Name(Encoding.UTF8.GetString(WholeFile.Read(path, MaxBytes)), "The name") : null;
        }
        catch (Exception error) when (error is UserException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a name in a folder of the data folder. Where that cannot be written the folder's own name is shown later.</summary>
    public static void Keep(string folder, string name, DataRoot root)
    {
        if (folder.Length == 0 || !Directory.Exists(folder) || !new AllowedRoots([root.Saes]).Allows(folder)) return;
        try
        {
            AtomicFile.WriteInFolder(Path.Combine(folder, FileName), Encoding.UTF8.GetBytes(name));
        }
        catch (Exception error) when (error is UserException or IOException or UnauthorizedAccessException)
        {
            // A full disk must not keep a person from deleting.
        }
    }
}
