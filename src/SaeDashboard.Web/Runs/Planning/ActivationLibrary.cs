using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Compute;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Finds activation stores that a run can use instead of collecting again. Safe for several threads.</summary>
public sealed class ActivationLibrary(DataRoot root)
{
    private readonly ConcurrentDictionary<string, (DateTime Written, StoredActivations? Store)> read = new();

    /// <summary>The newest whole store made of the same model, data set, split, layer, condition, number type and number of clips; null: none.</summary>
    public StoredActivations? Find(RunRequest request) => Stores()
        .Where(store => store.ModelHash == request.Model.Hash && store.DatasetHash == request.Dataset.Hash && store.Split == RunRequest.Split
            && store.Layer == request.Layer && store.Condition == request.Condition && store.Clips == request.Clips && store.ComputeType == request.ComputeType)
        .MaxBy(store => store.CreatedUtc);

    private IEnumerable<StoredActivations> Stores()
    {
        var folders = Directory.Exists(root.Activations) ? Directory.EnumerateDirectories(root.Activations) : [];
        foreach (var folder in folders)
        {
            // A name with a dot in front is a folder that is still being written.
            var manifest = new FileInfo(Path.Combine(folder, "manifest.json"));
            if (Path.GetFileName(folder).StartsWith('.') || !manifest.Exists) continue;
            if (!read.TryGetValue(folder, out var known) || known.Written != manifest.LastWriteTimeUtc)
                read[folder] = known = (manifest.LastWriteTimeUtc, Read(folder, manifest.FullName));
            if (known.Store is not null) yield return known.Store;
        }
    }

    private static StoredActivations? Read(string folder, string manifest)
    {
        try
        {
            var summary = JsonFile.Read<Manifest>(manifest);
            return summary.Source is { } source
                ? new StoredActivations(folder, source.ModelHash, source.DatasetHash, source.Layer, source.Condition, source.Split, summary.Clips?.Length ?? 0, summary.CreatedUtc, source.ComputeType)
                : null;
        }
        catch (UserException)
        {
            return null; // A damaged store is no store: the run collects again beside it.
        }
    }

    /// <summary>What is needed of the worker's manifest.json.</summary>
    private sealed record Manifest(Source? Source, StoredClip[]? Clips, DateTime CreatedUtc);

    private sealed record Source(string ModelHash, string DatasetHash, string Split, int Layer, string Condition, string ComputeType = ComputeNames.Float32);

    private sealed record StoredClip(int Row);
}
