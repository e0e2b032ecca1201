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
    private readonly SeenRuns seen = new(root, rows, queue, bus);

    public event Action<string>? Changed
    {
        add => seen.Changed += value;
        remove => seen.Changed -= value;
    }

    public IReadOnlyList<RunView> Runs => seen.Runs;

    public RunView? Find(string runId) => seen.Find(runId);

    public string Start(RunPlan plan, string name, Actor actor)
    {
        actor.Require(Rights.Research);
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
        actor.Require(Rights.Research);
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
            seen.Update(runId);
        }
        seen.Publish(runId);
    }

    public void Cancel(string runId, Actor actor) => End(runId, RunState.Cancelled, "run.cancel", RunFolder.RequestCancel, actor);

    public void Pause(string runId, Actor actor) => End(runId, RunState.Paused, "run.pause", RunFolder.RequestPause, actor);

    public void TakeBackRequest(string runId, Actor actor)
    {
        actor.Require(Rights.Research);
        lock (queue.LockOf(runId))
        {
            var run = RequireNow(runId);
            if (run.Active)
            {
                audit.Write(actor, "run.continue", runId);
                RunFolder.ClearRequests(FolderOf(runId));
                seen.Update(runId);
            }
        }
        if (Require(runId).CanResume) Resume(runId, actor);
        else seen.Publish(runId);
    }

    public bool IsStopping(string runId) => Asked(runId, "cancel");

    public bool IsPausing(string runId) => Asked(runId, "pause") && !IsStopping(runId);

    public IReadOnlyList<RunCheckpoint> Checkpoints(string runId) =>
        seen.Find(runId) is not null && RunPlaces.Find(root, runId) is { } folder ? [.. RunCheckpoints.List(folder).Reverse()] : [];

    public void Pin(string runId, long checkpoint, bool pinned, Actor actor)
    {
        actor.Require(Rights.Research);
        _ = Require(runId);
        if (pinned) RunCheckpoints.Pin(FolderOf(runId), checkpoint);
        else RunCheckpoints.Unpin(FolderOf(runId), checkpoint);
        audit.Write(actor, pinned ? "run.pin" : "run.unpin", runId, string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{checkpoint}}}"));
        seen.Tell(runId);
    }

    public int? PlaceInQueue(string runId)
    {
        var waiting = queue.Waiting;
        for (var i = 0; i < waiting.Count; i++) if (waiting[i].RunId == runId) return i + 1;
        return null;
    }

    public void Delete(string runId, Actor actor)
    {
        actor.Require(Rights.Research);
        lock (queue.LockOf(runId))
        {
            var run = RequireNow(runId);
            if (run.Active || IsTaken(runId)) throw new UserException($"{run.Name} is running or queued. Cancel it, then delete it.");
            // The folder first: it says what runs there are, and it is what may not be movable.
            RunTrash.Put(root, runId);
            OrElse(() => NoteDeleted(runId, run.Name, actor), () => RunTrash.TakeBack(root, runId));
            // The SAE stays, under the name that it had by its run.
            if (run.Plan.Kind is RunKind.Train or RunKind.Export) FolderName.Keep(run.Plan.SaePath, run.Name, root);
            seen.Forget(runId);
        }
        seen.Publish(runId);
    }

    public void Restore(string runId, Actor actor)
    {
        actor.Require(Rights.Research);
        lock (queue.LockOf(runId))
        {
            RunTrash.TakeBack(root, runId);
            OrElse(() => NoteRestored(runId, actor), () => RunTrash.Put(root, runId));
            seen.Update(runId);
            if (Find(runId) is { } run) FolderName.Forget(run.Plan.SaePath, run.Name, root);
        }
        seen.Publish(runId);
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
        seen.Find(runId) is not null && RunPlaces.Find(root, runId) is { } folder ? RunEndings.LogTail(folder, lines) : [];

    public (string Path, bool Exists) Activations(RunPlan plan)
    {
        var path = RunPlans.Complete(plan, root).ActivationsPath;
        return (path, File.Exists(Path.Combine(path, "manifest.json")));
    }

    /// <inheritdoc cref="SeenRuns.Scan"/>
    public void Scan() => seen.Scan();

    /// <inheritdoc cref="SeenRuns.Refresh"/>
    public void Refresh(string runId) => seen.Refresh(runId);

    /// <summary>One that waits leaves the queue at once; one that works is asked to.</summary>
    private void End(string runId, RunState state, string action, Action<string> ask, Actor actor)
    {
        actor.Require(Rights.Research);
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
            seen.Update(runId);
        }
        seen.Publish(runId);
    }

    /// <summary>Whether the run is queued, at work, or held by a process that was started by hand.</summary>
    private bool IsTaken(string runId) => queue.IsWaiting(runId) || queue.IsStarted(runId) || RunRecord.IsLocked(FolderOf(runId));

    /// <summary>Changes what people wrote about a run; one that the site did not start gets its row with the first change.</summary>
    private void Write(string runId, Actor actor, Action change)
    {
        var run = Require(runId);
        if (rows.Find(runId) is null) rows.Ensure(runId, run.Name, actor);
        change();
        seen.ReadRow(runId);
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
        seen.Update(runId);
        return Directory.Exists(FolderOf(runId)) ? Require(runId) : throw new UserException($"The run {runId} does not exist any more: {FolderOf(runId)} was removed.");
    }

    private RunView Require(string runId) =>
        Find(runId) ?? throw new UserException($"The run {runId} does not exist.");

    private string FolderOf(string runId) => RunPlaces.Of(root, runId);

    private static string Name(string name) => PersonText.Name(name, "The run's name");
}
