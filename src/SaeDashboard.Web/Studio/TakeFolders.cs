using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Studio;

/// <summary>
/// What is in the folder of takes, kept in memory. It is listed at the start and when it has changed; between, only the takes that are being
/// made or were just asked for are looked at. Readers never wait.
/// </summary>
public sealed partial class TakeFolders(DataRoot root, IStoreAccess store, IServeClient worker, ILogger<TakeFolders> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    // The folder's stamp is asked for every two seconds.
    private const int TicksOfAScan = 10;

    private readonly Lock looking = new();
    private readonly ConcurrentDictionary<string, SeenTake> known = new();
    private readonly ConcurrentDictionary<string, byte> expected = new();
    private readonly HashSet<string> unfinished = [];
    private volatile IReadOnlyList<SeenTake> all = [];
    private DateTime? stamp;
    private bool changedLately;

    /// <summary>A take came, went or changed. On the thread that saw it.</summary>
    public event Action? Changed;

    /// <summary>Every take, newest first, those that cannot be read included.</summary>
    public IReadOnlyList<SeenTake> All => all;

    /// <summary>One take; null: there is none, or none yet.</summary>
    public SeenTake? Find(string id) => known.GetValueOrDefault(id);

    /// <summary>Whether a take was asked for and its folder is still to come.</summary>
    public bool IsExpected(string id) => expected.ContainsKey(id);

    /// <summary>A take was asked for: its folder comes soon.</summary>
    public void Expect(string id)
    {
        if (Ids.IsValid("take", id) && !known.ContainsKey(id)) expected[id] = 0;
    }

    /// <summary>One take as it is on the disk now: for answers that must not be 200 ms old. Not for pages.</summary>
    public SeenTake? Refresh(string id)
    {
        if (!Ids.IsValid("take", id)) return null;
        if (known.TryGetValue(id, out var take) && !IsUnsettled(take)) return take;
        lock (looking)
        {
            if (Read(id)) Publish();
        }
        return Find(id);
    }

    /// <summary>One look: at the takes that are being made, and if <paramref name="scan"/> at whether the folder has changed.</summary>
    public void Refresh(bool scan)
    {
        lock (looking)
        {
            var changed = scan && Scan();
            foreach (var take in all.Where(take => TakeStates.IsLive(take.Manifest.State) || (scan && IsUnsettled(take)))) changed |= Read(take.Folder.Id);
            // Folders whose take.json is still to come, as when takes are copied here.
            if (scan) foreach (var id in unfinished.ToArray()) changed |= Read(id);
            unfinished.RemoveWhere(known.ContainsKey);
            foreach (var id in expected.Keys)
            {
                // One that was cancelled before it began has no folder: the worker no longer knows it.
                var forgotten = worker.LiveProgress(id) is null;
                changed |= Read(id);
                if (forgotten || known.ContainsKey(id)) expected.TryRemove(id, out _);
            }
            if (changed) Publish();
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Guarded(scan: true);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period);
        for (var tick = 1; await timer.WaitForNextTickAsync(stoppingToken); tick++) Guarded(scan: tick % TicksOfAScan == 0);
    }

    private void Guarded(bool scan)
    {
        try
        {
            Refresh(scan);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The next look may find the disk again; the site keeps what it knew.
            ScanFailed(error);
        }
    }

    /// <summary>Whether it may look otherwise at the next look: it is being made, cannot be read, lacks sound that may still be copied, or could not note its end.</summary>
    private bool IsUnsettled(SeenTake take) => TakeStates.IsLive(take.Manifest.State) || take.Manifest.State == TakeState.Unreadable
        // Known from the worker only, until there is room on the disk.
        || (take.Manifest.State is TakeState.Failed or TakeState.Cancelled && take.Manifest.FinishedUtc is null)
        // Its lock was given back before the worker's word came here.
        || (take.Manifest.State == TakeState.Interrupted && worker.Ending(take.Folder.Id) is not null)
        || (take.Manifest.State == TakeState.Done && take.Arms.Count < take.Manifest.Settings.Arms.Count);

    /// <summary>Lists the folder when its stamp is new, and once more after that: two changes may share a stamp.</summary>
    private bool Scan()
    {
        var now = FileLook.At(root.Takes)?.ModifiedUtc;
        var isNew = now != stamp;
        if (!isNew && !changedLately) return false;
        (stamp, changedLately) = (now, isNew);
        var there = store.Scan(() => Directory.Exists(root.Takes)
            ? Directory.EnumerateDirectories(root.Takes).Select(path => Path.GetFileName(path)!).Where(id => Ids.IsValid("take", id)).ToHashSet(StringComparer.Ordinal)
            : []);
        var changed = false;
        foreach (var gone in known.Keys.Where(id => !there.Contains(id))) changed |= known.TryRemove(gone, out _);
        unfinished.RemoveWhere(id => !there.Contains(id));
        foreach (var id in there.Where(id => !known.ContainsKey(id)))
        {
            if (Read(id)) changed = true;
            else unfinished.Add(id);
        }
        return changed;
    }

    private bool Read(string id)
    {
        var folder = new TakeFolder(Path.Combine(root.Takes, id));
        TakeManifest manifest;
        try
        {
            if (!folder.Exists) return known.TryRemove(id, out _);
            manifest = folder.ReadManifest();
            if (manifest.State == TakeState.Interrupted && worker.Ending(id) is { } end) manifest = manifest with { State = end.State, Error = end.Error };
        }
        catch (UserException error)
        {
            // Deleted between two looks, or listed with what is wrong.
            if (!folder.Exists) return known.TryRemove(id, out _);
            manifest = TakeFolder.Unreadable(id, error.Message);
        }
        IReadOnlyList<string> arms = TakeStates.IsLive(manifest.State) ? manifest.Settings.Arms : [.. manifest.Settings.Arms.Where(arm => File.Exists(folder.WavPath(arm)))];
        var now = new SeenTake(folder, manifest, arms) { MadeSeconds = MadeSeconds(folder, manifest, arms) };
        if (known.TryGetValue(id, out var before) && now.SameAs(before)) return false;
        known[id] = now;
        return true;
    }

    /// <summary>How much sound a take has that ended early; null for any other.</summary>
    private static double? MadeSeconds(TakeFolder folder, TakeManifest manifest, IReadOnlyList<string> arms)
    {
        if (TakeStates.IsLive(manifest.State) || manifest.State == TakeState.Done || manifest.SampleRate <= 0) return null;
        var bytes = arms.Select(arm => FileLook.At(folder.WavPath(arm))?.Length ?? 0).DefaultIfEmpty().Max();
        return Math.Max(0, bytes - GrowingWav.HeaderBytes) / (sizeof(short) * (manifest.Stereo ? 2.0 : 1.0)) / manifest.SampleRate;
    }

    private void Publish()
    {
        all = [.. known.Values.OrderByDescending(take => take.Folder.Id, StringComparer.Ordinal)];
        Changed?.Invoke();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The folder of takes could not be scanned")]
    private partial void ScanFailed(Exception error);
}

/// <summary>A take as its folder was last seen.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Manifest">What its take.json says.</param>
/// <param name="Arms">The arms that can be heard, or will be while it is made.</param>
public sealed record SeenTake(TakeFolder Folder, TakeManifest Manifest, IReadOnlyList<string> Arms)
{
    /// <summary>Seconds of sound of a take that ended early; null for any other.</summary>
    public double? MadeSeconds { get; init; }

    /// <summary>Whether a page would show both alike.</summary>
    public bool SameAs(SeenTake other) =>
        Manifest.State == other.Manifest.State && Manifest.Error == other.Manifest.Error && Manifest.FinishedUtc == other.Manifest.FinishedUtc && Manifest.Samples == other.Manifest.Samples && MadeSeconds == other.MadeSeconds
        && Manifest.FrameRate == other.Manifest.FrameRate && Manifest.SaeHash == other.Manifest.SaeHash && Manifest.ModelHash == other.Manifest.ModelHash && Arms.SequenceEqual(other.Arms)
        && Manifest.Revision == other.Manifest.Revision && (Manifest.Settings.Moves ?? []).SequenceEqual(other.Manifest.Settings.Moves ?? []);
}
