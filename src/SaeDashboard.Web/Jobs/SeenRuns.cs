using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Live;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// The runs there are, as their folders were last seen: read at every look, and published as one list that readers take as it is. What people do to runs is
/// <see cref="RunRegistry"/>'s. From any thread.
/// </summary>
internal sealed class SeenRuns(DataRoot root, RunRepository rows, JobQueue queue, ProgressBus bus)
{
    private readonly ConcurrentDictionary<string, RunEntry> entries = [];
    private readonly Lock publishing = new();
    private volatile IReadOnlyList<RunView> runs = [];

    /// <summary>A run came, went or changed.</summary>
    public event Action<string>? Changed;

    /// <summary>Every run, the newest first.</summary>
    public IReadOnlyList<RunView> Runs => runs;

    /// <summary>A run as it was last seen; null: there is none.</summary>
    public RunView? Find(string runId) => entries.TryGetValue(runId, out var entry) ? entry.View : null;

    /// <summary>A run has gone: the next look finds it only if its folder is back.</summary>
    public void Forget(string runId)
    {
        bus.Forget(runId);
        entries.TryRemove(runId, out _);
    }

    /// <summary>What people wrote about a run changed.</summary>
    public void ReadRow(string runId)
    {
        if (entries.TryGetValue(runId, out var entry)) entry.Row = rows.Find(runId);
    }

    /// <summary>Looks for runs that came or went, and at those whose status changed by other hands.</summary>
    public void Scan()
    {
        var there = RunPlaces.All(root).DistinctBy(run => run.Id).ToDictionary(run => run.Id, run => run.Problem);
        var gone = entries.Keys.Where(id => !there.ContainsKey(id)).ToArray();
        foreach (var id in gone)
        {
            if (!entries.TryRemove(id, out _)) continue;
            bus.Forget(id);
            Publish(id);
        }
        foreach (var (id, problem) in there)
        {
            if (problem is not null)
            {
                if (MarkUnreadable(id, problem, hasAddress: false)) Publish(id);
            }
            else if (!entries.TryGetValue(id, out var entry) || (!entry.View.Active && HasChanged(entry, id))) Refresh(id);
        }
    }

    /// <summary>Looks at one run: its status, its new lines. Tells when something changed. One that cannot be read is listed with the reason.</summary>
    public void Refresh(string runId)
    {
        if (Update(runId)) Publish(runId);
    }

    /// <summary>Looks at one run, or notes why it cannot be read. True: something changed.</summary>
    public bool Update(string runId)
    {
        try
        {
            if (!root.Allows(FolderOf(runId))) throw new UserException($"{FolderOf(runId)} is a link out of the data folder: move the folder itself there.");
            return ReadNow(runId);
        }
        catch (Exception error) when (error is UserException or IOException or UnauthorizedAccessException)
        {
            return RunPlaces.Find(root, runId) is { } folder && Directory.Exists(folder) && MarkUnreadable(runId, error.Message);
        }
    }

    private bool HasChanged(RunEntry entry, string runId)
    {
        try
        {
            // The fault of an unreadable run may have been repaired anywhere in its folder.
            return entry.HasNewSettings(FolderOf(runId)) || entry.StatusStamp != RunEntry.StampOf(FolderOf(runId));
        }
        catch (UserException)
        {
            return true;
        }
    }

    private bool MarkUnreadable(string runId, string why, bool hasAddress = true)
    {
        var entry = entries.GetOrAdd(runId, id => RunEntry.Unread(id, RunPlaces.Find(root, id) ?? ""));
        lock (entry)
        {
            if (!entry.IsNew && entry.View.Status is { State: RunState.Unreadable } was && was.Error == why) return false;
            entry.View = entry.View with { Status = new RunStatus(StageName.Collect, RunState.Unreadable, 0, 0, 0, null, entry.CreatedUtc, why), Waiting = null, HasAddress = hasAddress };
            entry.IsNew = false;
        }
        return true;
    }

    private bool ReadNow(string runId)
    {
        var folder = FolderOf(runId);
        if (!Directory.Exists(folder)) return false;
        var entry = entries.GetOrAdd(runId, id => RunEntry.Read(id, folder, rows.Find(id)));
        if (!Directory.Exists(folder))
        {
            // Deleted between the two looks: it must not come back.
            entries.TryRemove(runId, out _);
            return false;
        }
        bool changed;
        lock (entry)
        {
            var isNew = entry.HasNewSettings(folder);
            if (isNew) entry.ReadAgain(folder, rows.Find(runId));
            var before = entry.View;
            var stamp = RunEntry.StampOf(folder);
            var status = entry.Note(RunStatusView.Of(runId, folder, entry.CreatedUtc, queue));
            var (feed, news, latest) = Newest(runId, status, before.Latest, isSame: before.Latest.Count > 0 && entry.StatusStamp == stamp);
            entry.StatusStamp = stamp;
            entry.View = before with
            {
                Name = entry.Row?.Name ?? runId,
                Owner = entry.Row?.Owner,
                Tags = entry.Row?.Tags ?? [],
                Note = entry.Row?.Note ?? "",
                Status = status,
                Waiting = status.State == RunState.Queued ? queue.Reason(runId) ?? "Starting soon." : null,
                Latest = latest,
                SaeMade = status.State == RunState.Done && Directory.Exists(before.Plan.SaePath),
                SaeReady = status.State == RunState.Done && (before.SaeReady || File.Exists(Path.Combine(before.Plan.SaePath, "index", "index.json"))),
            };
            feed?.SetStatus(new LiveStatus(entry.View.Status, entry.View.Waiting, entry.View.SaeReady));
            changed = news || entry.IsNew || isNew || !Same(before, entry.View);
            entry.IsNew = false;
        }
        return changed;
    }

    /// <summary>The run's newest values. A metrics file that cannot be read leaves those of the last look.</summary>
    private (RunFeed? Feed, bool News, IReadOnlyDictionary<string, double?> Latest) Newest(
        string runId, RunStatus status, IReadOnlyDictionary<string, double?> before, bool isSame)
    {
        try
        {
            // A feed only for those that work: the others' newest values are read once.
            var feed = status.State is RunState.Running or RunState.Queued || bus.Feeds.Any(each => each.Key == runId) ? bus.Find(runId) : null;
            var news = feed?.Poll() ?? false;
            return (feed, news, feed?.Latest ?? (isSame ? before : bus.Latest(runId)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserException)
        {
            return (null, false, before);
        }
    }

    /// <summary>Puts the list together again and tells that a run changed.</summary>
    public void Publish(string runId)
    {
        PutTogether();
        Tell(runId);
    }

    /// <summary>Tells that something of a run changed that the list does not show.</summary>
    public void Tell(string runId) => Changed?.Invoke(runId);

    private static bool Same(RunView was, RunView now) =>
        was.Name == now.Name && was.Tags.SequenceEqual(now.Tags) && was.Note == now.Note && was.Waiting == now.Waiting && was.SaeReady == now.SaeReady && was.SaeMade == now.SaeMade && was.Status.State == now.Status.State
        && was.Status.Heartbeat == now.Status.Heartbeat && was.Status.Error == now.Status.Error && was.Status.Stage == now.Status.Stage;

    /// <summary>One after the other: a list that was put together before another must not replace it.</summary>
    private void PutTogether()
    {
        lock (publishing) runs = [.. entries.Values.Select(entry => entry.View).OrderByDescending(view => view.CreatedUtc).ThenByDescending(view => view.Id, StringComparer.Ordinal)];
    }

    private string FolderOf(string runId) => RunPlaces.Of(root, runId);
}
