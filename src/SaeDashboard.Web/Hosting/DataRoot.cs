using SaeDashboard.Core;

namespace SaeDashboard.Web.Hosting;

/// <summary>The data folder and the places in it. Made at start; a folder that cannot be written is refused then, not in the middle of work.</summary>
public sealed class DataRoot
{
    private readonly Lazy<AllowedRoots> roots;

    private DataRoot(string path, string demo)
    {
        Path = path;
        Demo = demo;
        roots = new(() => new AllowedRoots(AllowedRoots));
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>The bundled model, dataset, SAE and presets: an allowed root besides the data folder. Absolute; may be missing.</summary>
    public string Demo { get; }

    public string Keys => In("keys");

    public string Models => In("models");

    public string Datasets => In("datasets");

    public string Activations => In("activations");

    public string Runs => In("runs");

    public string Saes => In("saes");

    public string Takes => In("takes");

    public string Cache => In("cache");

    /// <summary>The roots that paths given to a page or to the worker must lie under.</summary>
    public IReadOnlyList<string> AllowedRoots => [Path, Demo];

    /// <summary>Opens the folder, making what is missing.</summary>
    /// <param name="path">The data folder, absolute or relative to the current folder.</param>
    /// <param name="demo">The shipped things' folder.</param>
    /// <exception cref="UserException">It cannot be made or written.</exception>
    public static DataRoot Open(string path, string demo)
    {
        var root = new DataRoot(System.IO.Path.GetFullPath(path), System.IO.Path.GetFullPath(demo));
        var folder = root.Path;
        try
        {
            string[] all = [root.Path, root.Keys, root.Models, root.Datasets, root.Activations, root.Runs, root.Saes, root.Takes, root.Cache];
            foreach (var each in all)
            {
                folder = each;
                Directory.CreateDirectory(each);
                var probe = System.IO.Path.Combine(each, $".write-{Environment.ProcessId}");
                File.WriteAllBytes(probe, []);
                File.Delete(probe);
            }
            folder = root.Keys;
            // Who has the keys can sign in as the person here.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException(
                $"The data folder {root.Path} cannot be written (at {folder}: {error.Message}). Give this user write permission, or start with --data and another folder.", error);
        }
        return root;
    }

    /// <summary>Whether a path is under an allowed root, links resolved.</summary>
    public bool Allows(string path) => Roots.Allows(path);

    /// <summary>The allowed roots, to open files whose contents are shown or sent.</summary>
    public AllowedRoots Roots => roots.Value;

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
