using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
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
            .. locations.List().Where(location => location.Kind == kind && OfThisClone(location)).Select(location => CatalogFolder.Look(location.Path, location.Shipped))
                .Concat(own.Order(StringComparer.Ordinal).Select(path => CatalogFolder.Look(path, shipped: false)))
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
            if (written != default && JsonFile.Read<RunPlan>(file) is { Kind: not RunKind.Index } made) path = made.SaePath;
        }
        catch (Exception error) when (error is UserException or JsonException)
        {
            // A run made by hand, or one that cannot be read: its SAE keeps its folder's name.
        }
        plans[runId] = (written, path);
        return path;
    }
}
