using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Finds activation stores that a run can use instead of collecting again. Safe for several threads.</summary>
public sealed class ActivationLibrary(DataRoot root)
{
    private readonly ConcurrentDictionary<string, (DateTime Written, StoredActivations? Store)> read = new();

    /// <summary>The newest whole store made of the same model, dataset, split, place, condition, number types and number of clips; null: none.</summary>
    public StoredActivations? Find(RunRequest request) => Stores()
        .Where(store => store.ModelHash == request.Model.Hash && store.DatasetHash == request.Dataset.Hash && store.Split == RunRequest.Split
            && store.Hook == request.Hook.ToString() && store.Condition == request.Condition && store.Clips == request.Clips && store.ComputeType == request.ComputeType && store.Store == request.Store)
        .MaxBy(store => store.CreatedUtc);

    /// <summary>What <see cref="All"/> gave last: a page shows it at once and asks for the next. Null before the first.</summary>
    public IReadOnlyList<StoredActivations>? Latest { get; private set; }

    /// <summary>Every whole store, the newest first. It lists a folder.</summary>
    public IReadOnlyList<StoredActivations> All() => Latest = [.. Stores().OrderByDescending(store => store.CreatedUtc)];

    private IEnumerable<StoredActivations> Stores()
    {
        // A name with a dot in front is a folder that is still being written.
        return Folders().Where(folder => !Path.GetFileName(folder).StartsWith('.')).Select(Look).OfType<StoredActivations>();
    }

    private string[] Folders()
    {
        try
        {
            return Directory.Exists(root.Activations) ? Directory.GetDirectories(root.Activations) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // Nothing can be used again, so the run collects, and says what is wrong when it writes.
        }
    }

    private StoredActivations? Look(string folder)
    {
        var manifest = Path.Combine(folder, "manifest.json");
        try
        {
            if (FileLook.At(manifest) is not { } look) return null;
            if (!read.TryGetValue(folder, out var known) || known.Written != look.ModifiedUtc) read[folder] = known = (look.ModifiedUtc, Read(folder, manifest));
            return known.Store;
        }
        catch (UserException)
        {
            return null; // Not readable for us, so not for the run either, which collects into another folder.
        }
    }

    private static StoredActivations? Read(string folder, string manifest)
    {
        try
        {
            var summary = JsonFile.Read<Manifest>(manifest);
            return summary.Source is { } source
                ? new StoredActivations(folder, source.ModelHash, source.DatasetHash, source.Hook, source.Condition, source.Split, summary.Clips?.Length ?? 0, summary.CreatedUtc, source.ComputeType, source.DType.ToLowerInvariant())
                : null;
        }
        catch (UserException)
        {
            return null; // A damaged store is ignored: the run collects into another folder.
        }
    }

    /// <summary>What is needed of the worker's manifest.json.</summary>
    private sealed record Manifest(Source? Source, StoredClip[]? Clips, DateTime CreatedUtc);

    private sealed record Source(string ModelHash, string DatasetHash, string Split, string Hook, string Condition, string ComputeType = ComputeNames.Float32, string DType = ComputeNames.Float32);

    private sealed record StoredClip(int Row);
}

/// <summary>An activation store that is there already: its folder (absolute), what it was made of, of how many clips, when, by a model in which number type, and how it is kept.</summary>
public sealed record StoredActivations(
    string Path, string ModelHash, string DatasetHash, string Hook, string Condition, string Split, int Clips, DateTime CreatedUtc, string ComputeType = ComputeNames.Float32, string Store = ComputeNames.Float32);
