using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Steering;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Data;

/// <summary>Finds the folders: those in the data folder and those registered by reference; and what runs call the SAEs they made.</summary>
internal sealed class CatalogFinder(DataRoot root, LocationRepository locations, RunRepository runs)
{
    private readonly Dictionary<string, (DateTime Written, string? SaePath)> plans = [];

    /// <summary>The folders of one kind, shipped ones first, then by path.</summary>
    /// <param name="kind">model, dataset or sae.</param>
    public IReadOnlyList<CatalogFolder> Find(string kind)
    {
        var inside = kind switch
        {
            "model" => root.Models,
            "dataset" => root.Datasets,
            "sae" => root.Saes,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
        // A name with a dot in front is being made, or was thrown away.
        var own = Directory.Exists(inside) ? Directory.EnumerateDirectories(inside).Where(path => !Path.GetFileName(path).StartsWith('.')) : [];
        return
        [
            .. locations.List().Where(location => location.Kind == kind && OfThisClone(location)).Select(location => CatalogFolder.Read(location.Path, location.Shipped))
                .Concat(own.Order(StringComparer.Ordinal).Select(path => CatalogFolder.Read(path, shipped: false)))
                .OfType<CatalogFolder>().DistinctBy(folder => folder.Path).OrderByDescending(folder => folder.Shipped),
        ];
    }

    /// <summary>The name of the run that made each SAE, by the SAE's folder.</summary>
    public IReadOnlyDictionary<string, string> RunNames()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var run in runs.All())
        {
            if (SaePath(run.Id) is { Length: > 0 } path) names[path] = run.Name;
        }
        return names;
    }

    // A clone that was moved ships from its new place; the old one may still be there.
    private bool OfThisClone(LocationRow location) => !location.Shipped || Path.GetDirectoryName(location.Path) == root.Demo;

    private string? SaePath(string runId)
    {
        if (RunPlaces.Find(root, runId) is not { } folder) return null;
        var file = Path.Combine(folder, "config.json");
        DateTime written = default;
        string? path = null;
        try
        {
            written = FileLook.At(file)?.ModifiedUtc ?? default;
            if (plans.TryGetValue(runId, out var plan) && plan.Written == written) return plan.SaePath;
            // A run that only indexes an SAE did not make it.
            if (written != default && JsonFile.Read<RunPlan>(file) is { Kind: RunKind.Train or RunKind.Export } made) path = made.SaePath;
        }
        catch (Exception error) when (error is UserException or JsonException)
        {
            // A run made by hand, or one that cannot be read: its SAE keeps its folder's name.
        }
        plans[runId] = (written, path);
        return path;
    }
}

/// <summary>A folder that may hold a model, a dataset or an SAE, as it was seen once.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Shipped">Whether it came with the program.</param>
/// <param name="Stamp">Names, sizes and times of the files that say what it is: while it is equal, nothing has changed.</param>
/// <param name="Bytes">Size of those files; of what links lead to, as in the Hugging Face cache.</param>
/// <param name="ModifiedUtc">When the newest of them was written.</param>
/// <param name="Problem">Why the folder itself cannot be looked at; null when it can.</param>
internal sealed record CatalogFolder(string Path, bool Shipped, string Stamp, long Bytes, DateTimeOffset ModifiedUtc, string? Problem = null)
{
    private static readonly string[] Telling = [".json", ".jsonl", ".safetensors", ".model", ".bin", ".pt"];

    /// <summary>Looks at a folder; null when it is not there.</summary>
    public static CatalogFolder? Read(string path, bool shipped)
    {
        try
        {
            if (FileLook.At(path) is not { Kind: FileKind.Folder } folder) return null;
            // Audio files are passed over by their names: a set may have a hundred thousand.
            var files = Names(path).Where(name => Telling.Contains(System.IO.Path.GetExtension(name))).ToList();
            var index = System.IO.Path.Combine(path, "index");
            if (Directory.Exists(index)) files.AddRange(Names(index).Select(name => System.IO.Path.Combine("index", name)));
            // Written long after the SAE, by another job.
            var steering = System.IO.Path.GetRelativePath(path, SteeringTableFile.PathIn(path));
            if (File.Exists(System.IO.Path.Combine(path, steering))) files.Add(steering);
            var looks = files.Select(name => (Name: name, Look: LookAt(System.IO.Path.Combine(path, name)))).ToList();
            var seen = string.Join('|', looks.Select(file => string.Create(CultureInfo.InvariantCulture,
                $"{System.IO.Path.GetFileName(file.Name)} {(file.Look is { } look ? $"{look.Length} {look.ModifiedUtc.Ticks}{(look.Kind == FileKind.Regular ? "" : $" {look.Kind}")}" : "nothing")}")));
            var regular = looks.Where(file => file.Look is { Kind: FileKind.Regular }).Select(file => file.Look!.Value).ToList();
            return new CatalogFolder(path, shipped, Hashing.Sha256(System.Text.Encoding.UTF8.GetBytes(seen)), regular.Sum(file => file.Length),
                new DateTimeOffset(regular.Count > 0 ? regular.Max(file => file.ModifiedUtc) : folder.ModifiedUtc, TimeSpan.Zero));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserException)
        {
            // Gone, or closed to us, between two looks or for good.
            var why = error is UserException ? error.Message : $"{path} cannot be read: {error.Message}";
            return new CatalogFolder(path, shipped, $"unreadable: {why}", 0, default, why);
        }
    }

    /// <summary>One unreadable file does not discard the folder: its reader says what is wrong.</summary>
    private static FileLook? LookAt(string file)
    {
        try
        {
            return FileLook.At(file);
        }
        catch (UserException)
        {
            return null;
        }
    }

    /// <summary>The names of what is not a folder, in order.</summary>
    private static IEnumerable<string> Names(string folder) =>
        Directory.EnumerateFiles(folder).Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
