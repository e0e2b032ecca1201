using System.Collections.Concurrent;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Live;

namespace SaeDashboard.Web.Jobs;

/// <inheritdoc cref="IRunRegistry"/>
internal sealed class RunRegistry(
    DataRoot root, RunRepository rows, AuditRepository audit, JobQueue queue, ProgressBus bus, WorkerLauncher launcher, WorkerDevices devices) : IRunRegistry
{
    private readonly ConcurrentDictionary<string, RunEntry> entries = [];
    private readonly Lock publishing = new();
    private volatile IReadOnlyList<RunView> runs = [];

    public event Action<string>? Changed;

    public IReadOnlyList<RunView> Runs => runs;

    public RunView? Find(string runId) => entries.TryGetValue(runId, out var entry) ? entry.View : null;

    public string Start(RunPlan plan, string name, Actor actor)
    {
        // Throws when the worker is not built: now, not when the run's turn comes.
        _ = launcher.Program;
        name = Name(name);
        RunPlans.RequireFolders(plan, root);
        plan = RunPlans.Complete(plan, root);
        devices.Require(plan, "Choose one of those.");
        MemoryCheck.RequireEver(plan, devices.Find(plan.Device));
        var id = Ids.New("run");
        var folder = FolderOf(id);
        using (var pending = AtomicFolder.Create(folder))
        {
            AtomicFile.WriteJson(Path.Combine(pending.WorkPath, RunPlans.FileName), plan);
            pending.Commit();
        }
        try
        {
            lock (queue.LockOf(id))
            {
                rows.Ensure(id, name, actor);
                queue.Add(id, resume: false, plan.Device, actor);
            }
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
        Refresh(id);
        return id;
    }

    public void Resume(string runId, Actor actor)
    {
        lock (queue.LockOf(runId))
        {
            var run = RequireNow(runId);
            var folder = FolderOf(runId);
            if (run.Active || IsTaken(runId)) throw new UserException($"{run.Name} is already running or queued.");
            if (!run.CanResume) throw new UserException($"{run.Name} is {run.Status.State.Name()} and cannot be resumed.");
            _ = launcher.Program;
            devices.Require(run.Plan, $"Resume it where that device is, or here with: scripts/worker.sh run --run-dir {folder} --resume --device cpu");
            RunFolder.ClearRequests(folder);
            queue.Add(runId, resume: true, ComputeNames.Normal(run.Plan.Device), actor);
            Update(runId);
        }
        PublishChange(runId);
    }

    public void Cancel(string runId, Actor actor) => End(runId, RunState.Cancelled, "run.cancel", RunFolder.RequestCancel, actor);

    public void Pause(string runId, Actor actor) => End(runId, RunState.Paused, "run.pause", RunFolder.RequestPause, actor);

    public void TakeBackRequest(string runId, Actor actor)
    {
        lock (queue.LockOf(runId))
        {
            var run = RequireNow(runId);
            if (run.Active)
            {
                audit.Write(actor, "run.continue", runId);
                RunFolder.ClearRequests(FolderOf(runId));
                Update(runId);
            }
        }
        if (Require(runId).CanResume) Resume(runId, actor);
        else PublishChange(runId);
    }

    public bool IsStopping(string runId) => Asked(runId, "cancel");

    public bool IsPausing(string runId) => Asked(runId, "pause") && !IsStopping(runId);

    public IReadOnlyList<RunCheckpoint> Checkpoints(string runId) =>
        entries.ContainsKey(runId) && RunPlaces.Find(root, runId) is { } folder ? [.. RunCheckpoints.List(folder).Reverse()] : [];

    public void Pin(string runId, long checkpoint, bool pinned, Actor actor)
    {
        _ = Require(runId);
        if (pinned) RunCheckpoints.Pin(FolderOf(runId), checkpoint);
        else RunCheckpoints.Unpin(FolderOf(runId), checkpoint);
        audit.Write(actor, pinned ? "run.pin" : "run.unpin", runId, string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{checkpoint}}}"));
        Changed?.Invoke(runId);
    }

    public int? PlaceInQueue(string runId)
    {
        var waiting = queue.Waiting;
        for (var i = 0; i < waiting.Count; i++) if (waiting[i].RunId == runId) return i + 1;
        return null;
    }

    public void Delete(string runId, Actor actor)
    {
        lock (queue.LockOf(runId))
        {
            var run = RequireNow(runId);
            if (run.Active || IsTaken(runId)) throw new UserException($"{run.Name} is running or queued. Cancel it, then delete it.");
            // The folder first: it says what runs there are, and it is what may not be movable.
            RunTrash.Put(root, runId);
            OrElse(() => NoteDeleted(runId, run.Name, actor), () => RunTrash.TakeBack(root, runId));
            // The SAE stays, under the name that it had by its run.
            if (run.Plan.Kind != RunKind.Index) FolderName.Keep(run.Plan.SaePath, run.Name, root);
            bus.Forget(runId);
            entries.TryRemove(runId, out _);
        }
        PublishChange(runId);
    }

    public void Restore(string runId, Actor actor)
    {
        lock (queue.LockOf(runId))
        {
            RunTrash.TakeBack(root, runId);
            OrElse(() => NoteRestored(runId, actor), () => RunTrash.Put(root, runId));
            Update(runId);
            if (Find(runId) is { } run) FolderName.Forget(run.Plan.SaePath, run.Name, root);
        }
        PublishChange(runId);
    }

    public IReadOnlyList<DeletedRun> Deleted() =>
        [.. RunTrash.List(root).Select(each => new DeletedRun(each.Id, rows.Find(each.Id)?.Name ?? each.Id, each.DeletedUtc, each.DeletedUtc + RunTrash.Kept))];

    public void Rename(string runId, string name, Actor actor)
    {
        name = Name(name);
        Write(runId, actor, () => rows.Rename(runId, name, actor));
    }

    public void Tag(string runId, IReadOnlyList<string> add, IReadOnlyList<string> remove, Actor actor)
    {
        string[] tags = [.. add.Select(RunTags.Tag)];
        Write(runId, actor, () => rows.Tag(runId, tags, remove, RunTags.Max, actor));
    }

    public void SetNote(string runId, string note, Actor actor)
    {
        note = RunTags.Note(note);
        Write(runId, actor, () => rows.SetNote(runId, note, actor));
    }

    public IReadOnlyList<string> LogTail(string runId, int lines) =>
        entries.ContainsKey(runId) && RunPlaces.Find(root, runId) is { } folder ? RunEndings.LogTail(folder, lines) : [];

    public (string Path, bool Exists) Activations(RunPlan plan)
    {
        var path = RunPlans.Complete(plan, root).ActivationsPath;
        return (path, File.Exists(Path.Combine(path, "manifest.json")));
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
            PublishChange(id);
        }
        foreach (var (id, problem) in there)
        {
            if (problem is not null)
            {
                if (MarkUnreadable(id, problem, hasAddress: false)) PublishChange(id);
            }
            else if (!entries.TryGetValue(id, out var entry) || (!entry.View.Active && HasChanged(entry, id))) Refresh(id);
        }
    }

    /// <summary>Looks at one run: its status, its new lines. Tells when something changed. One that cannot be read is listed with the reason.</summary>
    public void Refresh(string runId)
    {
        if (Update(runId)) PublishChange(runId);
    }

    /// <summary>Looks at one run, or notes why it cannot be read. True: something changed.</summary>
    private bool Update(string runId)
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

    private void PublishChange(string runId)
    {
        Publish();
        Changed?.Invoke(runId);
    }

    private static bool Same(RunView was, RunView now) =>
        was.Name == now.Name && was.Tags.SequenceEqual(now.Tags) && was.Note == now.Note && was.Waiting == now.Waiting && was.SaeReady == now.SaeReady && was.SaeMade == now.SaeMade && was.Status.State == now.Status.State
        && was.Status.Heartbeat == now.Status.Heartbeat && was.Status.Error == now.Status.Error && was.Status.Stage == now.Status.Stage;

    /// <summary>One after the other: a list that was put together before another must not replace it.</summary>
    private void Publish()
    {
        lock (publishing) runs = [.. entries.Values.Select(entry => entry.View).OrderByDescending(view => view.CreatedUtc).ThenByDescending(view => view.Id, StringComparer.Ordinal)];
    }

    /// <summary>One that waits leaves the queue at once; one that works is asked to.</summary>
    private void End(string runId, RunState state, string action, Action<string> ask, Actor actor)
    {
        lock (queue.LockOf(runId))
        {
            var run = RequireNow(runId);
            var folder = FolderOf(runId);
            if (queue.Waiting.FirstOrDefault(job => job.RunId == runId) is { } job)
            {
                queue.TakeBack(job, state);
                RunEndings.Write(folder, state, state == RunState.Paused ? "Paused before it started." : "Cancelled before it started.", null);
            }
            else if (run.Active)
            {
                audit.Write(actor, action, runId);
                ask(folder);
            }
            else
            {
                throw new UserException($"{run.Name} isn't running or queued: it is {run.Status.State.Name()}.");
            }
            Update(runId);
        }
        PublishChange(runId);
    }

    /// <summary>Whether the run is queued, at work, or held by a process that was started by hand.</summary>
    private bool IsTaken(string runId) => queue.IsWaiting(runId) || queue.IsStarted(runId) || RunRecord.IsLocked(FolderOf(runId));

    /// <summary>Changes what people wrote about a run; one that the site did not start gets its row with the first change.</summary>
    private void Write(string runId, Actor actor, Action change)
    {
        var run = Require(runId);
        if (rows.Find(runId) is null) rows.Ensure(runId, run.Name, actor);
        change();
        if (entries.TryGetValue(runId, out var entry)) entry.Row = rows.Find(runId);
        Refresh(runId);
    }

    private void NoteDeleted(string runId, string name, Actor actor)
    {
        var row = rows.Find(runId);
        if (row is null) rows.Ensure(runId, name, actor);
        // One whose folder was put back by hand is noted as deleted already.
        if (row?.DeletedUtc is null) rows.Delete(runId, actor);
    }

    private void NoteRestored(string runId, Actor actor)
    {
        if (rows.Find(runId) is { DeletedUtc: not null }) rows.Restore(runId, actor);
    }

    /// <summary>Does the one; if that fails, the other, and throws.</summary>
    private static void OrElse(Action work, Action undo)
    {
        try
        {
            work();
        }
        catch
        {
            undo();
            throw;
        }
    }

    private bool Asked(string runId, string file) => Find(runId) is { Active: true } && File.Exists(Path.Combine(FolderOf(runId), file));

    /// <summary>The run as its folder says now, not as it was last seen.</summary>
    private RunView RequireNow(string runId)
    {
        Update(runId);
        return Directory.Exists(FolderOf(runId)) ? Require(runId) : throw new UserException($"The run {runId} does not exist any more: {FolderOf(runId)} was removed.");
    }

    private RunView Require(string runId) =>
        Find(runId) ?? throw new UserException($"The run {runId} does not exist.");

    private string FolderOf(string runId) => RunPlaces.Of(root, runId);

    private static string Name(string name) => PersonText.Name(name, "The run's name");
}
