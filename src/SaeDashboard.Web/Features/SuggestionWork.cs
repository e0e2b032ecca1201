using System.Collections.Concurrent;
using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Labelling.Suggestions;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Features;

/// <summary>What is made of an SAE's suggested names at this moment.</summary>
/// <param name="Share">The share of the features that is done, 0 to 1.</param>
/// <param name="Problem">Why they could not be made; null: they are being made.</param>
public sealed record SuggestionProgress(double Share, string? Problem = null);

/// <summary>
/// Makes suggested names for every index that has none, in the background: from captions and descriptors, without a tensor and without a network, one index at a
/// time on a thread of its own. They are made once for the weights and the dataset of an index, and again when clips to test names on
/// appear or the dataset does that was missing. The site asks for nothing: an SAE whose run has ended has names a few seconds later.
/// </summary>
internal sealed partial class SuggestionWork(ICatalog catalog, ClipLibrary library, SuggestionFolders folders, ILogger<SuggestionWork> log) : BackgroundService
{
    private readonly ConcurrentDictionary<string, SuggestionProgress> progress = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> looked = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim wake = new(1);

    /// <summary>Raised with an SAE's folder when its progress is another, on the thread that makes the names.</summary>
    public event Action<string>? Changed;

    /// <summary>What is made of an SAE's names; null: nothing, they are there or are not needed.</summary>
    /// <param name="saePath">The SAE's folder.</param>
    public SuggestionProgress? Of(string saePath) => progress.GetValueOrDefault(saePath);

    /// <summary>Makes the names of an SAE whose making failed.</summary>
    public void Retry(string saePath)
    {
        looked.TryRemove(saePath, out _);
        Wake();
    }

    public override void Dispose()
    {
        wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        catalog.Changed += Wake;
        try
        {
            while (true)
            {
                await wake.WaitAsync(stoppingToken);
                // A thread of its own: requests do not wait for it. Each is looked at by itself, as the catalog is then.
                await Task.Factory.StartNew(() => LookAtAll(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // The site ends: an index whose names were not written gets them at the next start.
        }
        finally
        {
            catalog.Changed -= Wake;
        }
    }

    /// <summary>Makes what is missing of all SAEs. For tests, which have no host.</summary>
    internal void LookAtAll(CancellationToken ct)
    {
        foreach (var id in catalog.Saes.Where(sae => sae is { HasIndex: true, IsReady: true }).Select(sae => sae.Id).ToList())
        {
            ct.ThrowIfCancellationRequested();
            if (catalog.Sae(id) is not { HasIndex: true, IsReady: true } sae) continue;
            var dataset = DatasetOf(sae);
            var stamp = $"{sae.Stamp}|{dataset?.Path}|{dataset?.Stamp}";
            if (looked.GetValueOrDefault(sae.Path) == stamp) continue;
            looked[sae.Path] = stamp;
            try
            {
                LookAt(sae, dataset, ct);
                Say(sae.Path, null);
            }
            catch (OperationCanceledException)
            {
                looked.TryRemove(sae.Path, out _);
                throw;
            }
            catch (Exception error)
            {
                // What strangers' files do to one index costs the others nothing.
                LogFailed(sae.Path, error);
                Say(sae.Path, new SuggestionProgress(0, error is UserException ? error.Message : $"{error.Message} The site's log has more."));
            }
        }
    }

    private void LookAt(CatalogSae sae, CatalogDataset? entry, CancellationToken ct)
    {
        var folder = Path.Combine(sae.Path, "index");
        var info = JsonFile.Read<FeatureIndexInfo>(Path.Combine(folder, "index.json"));
        var kept = folders.OfIndex(info.SaeHash);
        var (own, isOwnDamaged) = InfoOf(folder);
        var there = Fits(own, info) ? folder : Fits(InfoOf(kept).Info, info) ? kept : null;
        var made = there is null ? null : there == folder ? own : InfoOf(kept).Info;
        var clips = ClipsOf(folder, info);
        if (made is not null && !IsOutdated(made, clips, entry)) return;

        var clock = Stopwatch.StartNew();
        Say(sae.Path, new SuggestionProgress(0));
        using var index = FeatureIndex.Open(folder);
        var dataset = entry is null ? null : library.Open(entry);
        if (dataset is not null && dataset.Hash != index.Info.DatasetHash) dataset = null;
        var suggestions = SuggestionMaker.Make(index, clips, dataset, done => Say(sae.Path, new SuggestionProgress((double)done / index.Count)), ct);
        // What a language model said is in no caption: it stays.
        var heard = there is null ? [] : LabelSuggestions.Open(there, index.Info) is { } before ? before.Features.SelectMany(before.Of).Where(each => each.Method == SuggestionMethod.LanguageModel).ToList() : [];
        IReadOnlyCollection<LabelSuggestion> all = [.. suggestions.Suggestions, .. heard];
        // A run may have replaced the index meanwhile: then its own turn comes.
        if (!Directory.Exists(folder) || JsonFile.Read<FeatureIndexInfo>(Path.Combine(folder, "index.json")) is var now && (now.SaeHash != info.SaeHash || now.DatasetHash != info.DatasetHash || now.CreatedUtc != info.CreatedUtc)) return;
        var written = Write(isOwnDamaged ? kept : folder, kept, suggestions.Info, index.Count, all);
        LogMade(written, all.Count, index.Info.KeptDefault, clock.Elapsed.TotalSeconds);
        folders.Announce(info.SaeHash);
    }

    // Into the folder of the index, where it travels with the SAE; an index that cannot be written has it in the data folder.
    private static string Write(string folder, string kept, LabelSuggestionsInfo info, int features, IReadOnlyCollection<LabelSuggestion> all)
    {
        if (folder != kept)
        {
            try
            {
                LabelSuggestions.Write(folder, info, features, all);
                return folder;
            }
            catch (UserException)
            {
                // Read-only, or full: if the data folder cannot be written either, its message is shown.
            }
        }
        try
        {
            Directory.CreateDirectory(kept);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.CannotWrite(kept, error);
        }
        LabelSuggestions.Write(kept, info, features, all);
        return kept;
    }

    private static bool IsOutdated(LabelSuggestionsInfo made, DetectionClips? clips, CatalogDataset? dataset) =>
        (clips is not null && made.Clips != clips.Info.Choice) || (made.Captions == CaptionSource.DatasetMissing && dataset is not null);

    private static bool Fits(LabelSuggestionsInfo? made, FeatureIndexInfo index) => made?.SaeHash == index.SaeHash && made.DatasetHash == index.DatasetHash;

    private static (LabelSuggestionsInfo? Info, bool IsDamaged) InfoOf(string folder)
    {
        try
        {
            return (LabelSuggestions.ReadInfo(folder), false);
        }
        catch (UserException)
        {
            // The pages say what is wrong with it; it is a person's to delete.
            return (null, true);
        }
    }

    private static DetectionClips? ClipsOf(string folder, FeatureIndexInfo info)
    {
        try
        {
            return DetectionClips.Open(folder, info);
        }
        catch (UserException)
        {
            // The pages say what is wrong with it: names are made without a test.
            return null;
        }
    }

    private CatalogDataset? DatasetOf(CatalogSae sae) => sae.DatasetId is { } id ? catalog.Dataset(id) : sae.DatasetHash is { } hash ? catalog.DatasetByHash(hash) : null;

    private void Say(string saePath, SuggestionProgress? now)
    {
        if (now is null ? !progress.TryRemove(saePath, out _) : progress.TryGetValue(saePath, out var was) && was == now) return;
        if (now is not null) progress[saePath] = now;
        Changed?.Invoke(saePath);
    }

    private void Wake()
    {
        try
        {
            if (wake.CurrentCount == 0) wake.Release();
        }
        catch (ObjectDisposedException)
        {
            // The catalog's last change, while the site ends.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Folder}: {Count} suggested names for {Kept} kept features, {Seconds:F1} s")]
    private partial void LogMade(string folder, int count, int kept, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sae}: no names could be suggested")]
    private partial void LogFailed(string sae, Exception error);
}
