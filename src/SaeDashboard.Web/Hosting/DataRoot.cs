using SaeDashboard.Core;

namespace SaeDashboard.Web.Hosting;

/// <summary>The data folder and the places in it. Made at start; a folder that cannot be written is refused then, not in the middle of work.</summary>
public sealed class DataRoot
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
        Others = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

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

    /// <summary>Folders of sounds that are to be imported as datasets. Made when there is one.</summary>
    public string Sounds => In("sounds");

    /// <summary>Files that are being uploaded. Made when there is one.</summary>
    public string Uploads => In("uploads");

    public string Activations => In("activations");

    public string Runs => In("runs");

    public string Saes => In("saes");

    public string Takes => In("takes");

    public string Cache => In("cache");

    /// <summary>Suggested labels by the hash of an SAE's weights: what an index's own folder cannot keep. Made when there are some.</summary>
    public string Suggestions => In("suggestions");

    /// <summary>Strength ladders of SAEs that are part of the program, by the hash of their weights. Made when there are some.</summary>
    public string Ladders => In("ladders");

    /// <summary>Labelling batches and the journal of what they paid for. Made when there is one.</summary>
    public string Labelling => In("labelling");

    /// <summary>Machines' scores of labels, a folder for each SAE by its hash. Made when it is needed.</summary>
    public string Scores => In("scores");

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
                // What people write, and the hashes of their passwords, are for who runs the site. A folder that is there keeps its permissions.
                if (OperatingSystem.IsWindows()) Directory.CreateDirectory(each);
                else Directory.CreateDirectory(each, each == root.Path ? OwnerOnly : OwnerOnly | Others);
                var probe = System.IO.Path.Combine(each, $".write-{Environment.ProcessId}");
                File.WriteAllBytes(probe, []);
                File.Delete(probe);
            }
            folder = root.Keys;
            // Who has the keys can sign in as the person here.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, OwnerOnly);
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

/// <summary>Finds the folder that holds <c>wwwroot/</c> and <c>demo/</c>: a clone's root, or a published app's own folder.</summary>
internal static class CloneRoot
{
    // Written by a build and left out by a publish: it says where in the clone and in the packages each static file is.
    private const string BuildManifest = "SaeDashboard.Web.staticwebassets.runtime.json";

    /// <summary>The folder of this program.</summary>
    /// <exception cref="UserException">There is no <c>wwwroot</c>.</exception>
    public static string Find() => Find(AppContext.BaseDirectory);

    /// <summary>
    /// Without its files the site would answer every style and script with 200 and an empty body, so it does not start. A published program uses
    /// its own <c>wwwroot</c> only: one in a folder above it may be another version's.
    /// </summary>
    /// <param name="program">The folder of the program, absolute.</param>
    /// <exception cref="UserException">There is no <c>wwwroot</c>.</exception>
    internal static string Find(string program)
    {
        program = Path.TrimEndingDirectorySeparator(program);
        if (HasFiles(program)) return program;
        if (!File.Exists(Path.Combine(program, BuildManifest)))
            throw new UserException($"{Path.Combine(program, "wwwroot")} is missing or incomplete: publish the site again with scripts/publish.sh and copy the whole folder.");
        for (var folder = Path.GetDirectoryName(program); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (HasFiles(folder)) return folder;
        }
        throw new UserException($"wwwroot is missing above {program}: start the site with scripts/run.sh from a clone.");
    }

    private static bool HasFiles(string folder) => File.Exists(Path.Combine(folder, "wwwroot", "css", "tokens.css"));
}
