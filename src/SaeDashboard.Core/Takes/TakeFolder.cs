using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// One take on disk: <c>take.json</c>, <c>A.wav</c> and <c>C.wav</c>, which grow during generation, <c>codes.A.json</c> and
/// <c>codes.C.json</c> when finished, and a <c>lock</c> that the generating process holds. Any process may read at any time.
/// </summary>
public sealed class TakeFolder
{
    /// <param name="path">The take's folder, named by the take's id. Need not exist yet.</param>
    public TakeFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
        Id = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(Path));
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>The take's id, which is the folder's name.</summary>
    public string Id { get; }

    public string ManifestPath => System.IO.Path.Combine(Path, "take.json");

    public string LockPath => System.IO.Path.Combine(Path, "lock");

    /// <summary>An arm's sound, which grows during generation.</summary>
    public string WavPath(string arm) => System.IO.Path.Combine(Path, arm + ".wav");

    /// <summary>An arm's codes, once it is finished.</summary>
    public string CodesPath(string arm) => System.IO.Path.Combine(Path, $"codes.{arm}.json");

    /// <summary>How active the steered features of an arm were, once it is finished (<see cref="TakeTraces"/>).</summary>
    public string TracesPath(string arm) => System.IO.Path.Combine(Path, $"traces.{arm}.json");

    /// <summary>Whether there is a take here, readable or not.</summary>
    public bool Exists
    {
        get
        {
            try
            {
                return FileLook.At(ManifestPath) is not null;
            }
            catch (UserException)
            {
                return true;
            }
        }
    }

    /// <summary>
    /// Reads take.json. A take recorded as being generated that no process works on is
    /// <see cref="TakeState.Interrupted"/>.
    /// </summary>
    /// <exception cref="UserException">The file is missing or damaged.</exception>
    public TakeManifest ReadManifest()
    {
        var manifest = JsonFile.Read<TakeManifest>(ManifestPath);
        if (!TakeStates.IsLive(manifest.State) || FileLock.IsHeld(LockPath)) return manifest;
        // It may have ended between reading and probing the lock.
        manifest = JsonFile.Read<TakeManifest>(ManifestPath);
        return TakeStates.IsLive(manifest.State) ? manifest with { State = TakeState.Interrupted } : manifest;
    }

    /// <inheritdoc cref="ReadManifest()"/>
    public static TakeManifest ReadManifest(string path) => new TakeFolder(path).ReadManifest();

    /// <summary>The manifest of a take with an unreadable take.json.</summary>
    /// <param name="id">Its folder's name.</param>
    /// <param name="why">What is wrong with it, for users.</param>
    public static TakeManifest Unreadable(string id, string why) => new()
    {
        Id = id,
        Settings = new TakeSettings { ModelPath = "", Seed = 0, Frames = 0, Arms = [] },
        State = TakeState.Unreadable,
        CreatedUtc = Ids.CreatedUtc(id) ?? DateTimeOffset.UnixEpoch,
        Error = why,
    };

    /// <summary>The takes in a folder, newest first. Other entries are skipped.</summary>
    /// <param name="takes">The folder of all takes; may be missing.</param>
    public static IReadOnlyList<TakeFolder> List(string takes)
    {
        if (!Directory.Exists(takes)) return [];
        return
        [
            .. Directory.EnumerateDirectories(takes)
                .Select(path => new TakeFolder(path))
                .Where(folder => Ids.IsValid("take", folder.Id) && folder.Exists)
                .OrderByDescending(folder => folder.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>An arm's sound so far; null before its first sample.</summary>
    /// <param name="arm">One of <see cref="TakeArms"/>.</param>
    /// <param name="roots">The folders that must contain the file, links followed; null: any.</param>
    /// <exception cref="UserException">The file is damaged, not a regular file, or outside the roots.</exception>
    public GrowingWav? OpenArm(string arm, AllowedRoots? roots = null) => GrowingWav.TryOpen(WavPath(arm), roots);

    /// <summary>An arm's codes; null before it is finished.</summary>
    /// <exception cref="UserException">The file is damaged.</exception>
    public CodeGrid? ReadCodes(string arm) => File.Exists(CodesPath(arm)) ? CodeGrid.ReadJson(CodesPath(arm)) : null;
}
