using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// One take on disk: <c>take.json</c>, an <c>A.wav</c> and a <c>C.wav</c> that grow while they are made, <c>codes.A.json</c> and
/// <c>codes.C.json</c> once they are, and a <c>lock</c> that whoever makes it holds. Any process may read at any time.
/// </summary>
public sealed class TakeFolder
{
    /// <param name="path">The take's folder; its name is the take's id. Need not exist yet.</param>
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

    /// <summary>An arm's sound; it grows.</summary>
    public string WavPath(string arm) => System.IO.Path.Combine(Path, arm + ".wav");

    /// <summary>An arm's codes, once it is made.</summary>
    public string CodesPath(string arm) => System.IO.Path.Combine(Path, $"codes.{arm}.json");

    /// <summary>Whether there is a take here at all, be it one that cannot be read.</summary>
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
    /// What take.json says. A take that says it is being made though nobody makes it any more is
    /// <see cref="TakeState.Interrupted"/>.
    /// </summary>
    /// <exception cref="UserException">It is missing or damaged.</exception>
    public TakeManifest ReadManifest()
    {
        var manifest = JsonFile.Read<TakeManifest>(ManifestPath);
        if (!TakeStates.IsLive(manifest.State) || FileLock.IsHeld(LockPath)) return manifest;
        // It may have ended between the two questions.
        manifest = JsonFile.Read<TakeManifest>(ManifestPath);
        return TakeStates.IsLive(manifest.State) ? manifest with { State = TakeState.Interrupted } : manifest;
    }

    /// <inheritdoc cref="ReadManifest()"/>
    public static TakeManifest ReadManifest(string path) => new TakeFolder(path).ReadManifest();

    /// <summary>What stands for a take whose own take.json cannot be read.</summary>
    /// <param name="id">Its folder's name.</param>
    /// <param name="why">What is wrong with it, for a person.</param>
    public static TakeManifest Unreadable(string id, string why) => new()
    {
        Id = id,
        Settings = new TakeSettings { ModelPath = "", Seed = 0, Frames = 0, Arms = [] },
        State = TakeState.Unreadable,
        CreatedUtc = Ids.CreatedUtc(id) ?? DateTimeOffset.UnixEpoch,
        Error = why,
    };

    /// <summary>The takes in a folder, the newest first. What is no take is passed over.</summary>
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

    /// <summary>An arm's sound as far as it is there; null before its first sample.</summary>
    /// <param name="arm">Of <see cref="TakeArms"/>.</param>
    /// <param name="roots">The folders that the file must lie under, links followed; null: anywhere.</param>
    /// <exception cref="UserException">It is damaged, not a regular file, or lies elsewhere.</exception>
    public GrowingWav? OpenArm(string arm, AllowedRoots? roots = null) => GrowingWav.TryOpen(WavPath(arm), roots);

    /// <summary>An arm's codes; null before it is made.</summary>
    /// <exception cref="UserException">The file is damaged.</exception>
    public CodeGrid? ReadCodes(string arm) => File.Exists(CodesPath(arm)) ? CodeGrid.ReadJson(CodesPath(arm)) : null;
}
