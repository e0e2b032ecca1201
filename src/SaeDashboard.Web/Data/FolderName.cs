using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data;

/// <summary>
/// The name that a person gave to the folder of a model, a dataset or an SAE, in its <c>name.txt</c>. An SAE without one has its run's name; the file
/// keeps that when the run is deleted.
/// </summary>
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

    /// <summary>Names a folder.</summary>
    /// <exception cref="UserException">The name cannot be kept: it is refused, or the folder cannot be written.</exception>
    public static void Write(string folder, string name) =>
        AtomicFile.WriteInFolder(Path.Combine(folder, FileName), Encoding.UTF8.GetBytes(PersonText.Name(name, "The name")));

    /// <summary>Keeps the name of a deleted run with its SAE, unless a person gave the SAE another. Where it cannot be written the folder's own name is shown later.</summary>
    public static void Keep(string folder, string name, DataRoot root)
    {
        if (!IsSae(folder, root) || Read(folder) is not null) return;
        try
        {
            Write(folder, name);
        }
        catch (Exception error) when (error is UserException or IOException or UnauthorizedAccessException)
        {
            // A full disk must not keep a person from deleting.
        }
    }

    /// <summary>Removes what <see cref="Keep"/> wrote: the run is back, and its name is the SAE's again.</summary>
    public static void Forget(string folder, string name, DataRoot root)
    {
        if (!IsSae(folder, root) || Read(folder) != name) return;
        try
        {
            File.Delete(Path.Combine(folder, FileName));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The same name from the file.
        }
    }

    private static bool IsSae(string folder, DataRoot root) => folder.Length > 0 && Directory.Exists(folder) && new AllowedRoots([root.Saes]).Allows(folder);
}
