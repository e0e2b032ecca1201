using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Jobs;

/// <summary>What the registry keeps of a run between two looks. Lock it to change it; <see cref="View"/> may be read any time.</summary>
internal sealed class RunEntry(RunView view, RunRow? row)
{
    private volatile RunView view = view;

    public RunView View
    {
        get => view;
        set => view = value;
    }

    /// <summary>What people added to it; null when the database knows nothing of it.</summary>
    public RunRow? Row { get; set; } = row;

    public DateTimeOffset CreatedUtc => view.CreatedUtc;

    /// <summary>When status.json was last written, as last seen.</summary>
    public DateTime StatusStamp { get; set; }

    /// <summary>When config.json was last written, as last read. One that the site did not write may come after the folder.</summary>
    public DateTime SettingsStamp { get; private set; }

    public bool IsNew { get; set; } = true;

    /// <summary>How far the attempt before this one had come; null: not known.</summary>
    public RunStatus? Earlier { get; private set; }

    private RunStatus? lastRead;

    /// <summary>Notes what the run's file says now, and gives what is shown of it: an attempt that resumes begins where the one before it ended.</summary>
    public RunStatus Note(RunStatus status)
    {
        if (lastRead is not null && lastRead.Attempt != status.Attempt) Earlier = lastRead;
        lastRead = status;
        return RunStatusView.Resumed(status, Earlier);
    }

    /// <exception cref="UserException">It may not be looked at.</exception>
    public static DateTime StampOf(string folder) => FileLook.At(Path.Combine(folder, "status.json"))?.ModifiedUtc ?? default;

    /// <summary>Whether its settings must be read again: it was unreadable, or others wrote them since.</summary>
    /// <exception cref="UserException">They may not be looked at.</exception>
    public bool HasNewSettings(string folder) => View.Status.State == RunState.Unreadable || (!View.IsPlanned && SettingsStampOf(folder) != SettingsStamp);

    /// <summary>Reads what never changes: the plan and when it was made.</summary>
    public static RunEntry Read(string id, string folder, RunRow? row)
    {
        var stamp = SettingsStampOf(folder);
        var entry = Make(id, folder, Settings(id, folder), row);
        entry.SettingsStamp = stamp;
        return entry;
    }

    /// <summary>A run of which nothing but its name can be read.</summary>
    public static RunEntry Unread(string id, string folder) => Make(id, folder, (Unplanned(TrainSettings.None), null), null);

    /// <summary>Reads it again: an unreadable file may have been repaired.</summary>
    public void ReadAgain(string folder, RunRow? row)
    {
        SettingsStamp = SettingsStampOf(folder);
        var (plan, commandLine) = Settings(View.Id, folder);
        View = View with { Plan = plan, CommandLine = commandLine };
        Row = row;
    }

    private static DateTime SettingsStampOf(string folder) => FileLook.At(Path.Combine(folder, RunPlans.FileName))?.ModifiedUtc ?? default;

    private static RunEntry Make(string id, string folder, (RunPlan Plan, CommandLineRun? CommandLine) settings, RunRow? row)
    {
        var made = RunPlaces.CreatedUtc(id, folder);
        var status = new RunStatus(StageName.Collect, RunState.Queued, 0, 0, 0, null, made);
        return new RunEntry(new RunView(id, row?.Name ?? id, settings.Plan, status, null, row?.Owner, made, new Dictionary<string, double?>(), false) { CommandLine = settings.CommandLine }, row);
    }

    /// <summary>A folder that the command line made holds a trainer's settings instead of a plan: it is shown, but cannot be started.</summary>
    private static (RunPlan Plan, CommandLineRun? CommandLine) Settings(string id, string folder)
    {
        var path = Path.Combine(folder, RunPlans.FileName);
        try
        {
            return (JsonFile.Read<RunPlan>(path), null);
        }
        catch (UserException)
        {
            try
            {
                return OfCommandLine(JsonFile.Read<JsonObject>(path), RunPlaces.GroupOf(id));
            }
            catch (UserException)
            {
                // No settings at all: what else the folder holds can still be looked at.
                return (Unplanned(TrainSettings.None), null);
            }
        }
    }

    private static (RunPlan Plan, CommandLineRun? CommandLine) OfCommandLine(JsonObject settings, string? group)
    {
        var run = Member<CommandLineRun>(settings, CommandLineRun.Member);
        var fork = Member<RunFork>(settings, RunFork.Member);
        var plan = Unplanned(settings.Deserialize<TrainSettings>(JsonDefaults.Data)!) with { Fork = fork, Sweep = group };
        if (run is null || SaeHook.Parse(run.Hook) is not { } hook) return (plan, run);
        return (plan with
        {
            Layer = hook.Layer, Point = hook.Point, Condition = run.Condition, Split = run.Split, Clips = run.Clips, ComputeType = run.ComputeType, Device = run.Device,
            ActivationsPath = run.ActivationsPath ?? "", SaePath = run.SaePath,
        }, run);
    }

    /// <summary>Takes a member that is not a setting out of the settings; null: it is not there, or damaged.</summary>
    private static T? Member<T>(JsonObject settings, string name) where T : class
    {
        if (!settings.Remove(name, out var node) || node is null) return null;
        try
        {
            return node.Deserialize<T>(JsonDefaults.Data);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static RunPlan Unplanned(TrainSettings train) => new() { ModelPath = "", DatasetPath = "", Layer = 0, ActivationsPath = "", SaePath = "", Train = train };
}

/// <summary>A run's status as far as it can be read.</summary>
/// <param name="Status">The status; null when there is none, or none that can be read.</param>
/// <param name="Problem">Why it cannot be read; null when it can, or when there is none.</param>
internal readonly record struct RunRecord(RunStatus? Status, string? Problem)
{
    /// <summary>Whether an attempt has left a status, readable or not.</summary>
    public bool Exists => Status is not null || Problem is not null;

    /// <summary>Reads it. Nothing that a folder holds makes this throw.</summary>
    public static RunRecord Read(string folder)
    {
        try
        {
            return new(RunFolder.ReadStatus(folder), null);
        }
        catch (Exception error) when (error is UserException or IOException or UnauthorizedAccessException)
        {
            return new(null, error.Message);
        }
    }

    /// <summary>Whether a process has the run open; a lock that cannot be read counts as free.</summary>
    public static bool IsLocked(string folder)
    {
        try
        {
            return RunFolder.IsLocked(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether an attempt has written this record since an earlier look: each carries an id of its own.</summary>
    public bool IsNewSince(RunRecord before) => Status is { Attempt: { } attempt } ? attempt != before.Status?.Attempt : this != before;
}

/// <summary>What a run's status means, given who holds its lock and what the executor has in hand.</summary>
internal static class RunStatusView
{
    private const int LinesTold = 4;

    public static RunStatus Of(string runId, string folder, DateTimeOffset created, JobQueue queue)
    {
        var (waiting, started) = (queue.IsWaiting(runId), queue.IsStarted(runId));
        var (status, problem) = RunRecord.Read(folder);
        // The worker writes another in a moment; without one, it is the run's end.
        if (problem is not null && !waiting) return new RunStatus(StageName.Collect, started ? RunState.Running : RunState.Failed, 0, 0, 0, null, created, problem);
        if (waiting)
        {
            return (status ?? new RunStatus(StageName.Collect, RunState.Queued, 0, 0, 0, null, created)) with
            {
                State = RunState.Queued, EtaSeconds = null, TotalEtaSeconds = null, Error = null, Rate = 0,
            };
        }
        if (status is null)
        {
            return started || RunRecord.IsLocked(folder)
                ? new RunStatus(StageName.Collect, RunState.Running, 0, 0, 0, null, created)
                : new RunStatus(StageName.Collect, RunState.Interrupted, 0, 0, 0, null, created, "It never started.");
        }
        // Its worker is on the way, or has just ended: the executor says how in a moment.
        if (started && status.State is (RunState.Interrupted or RunState.Cancelled or RunState.Paused or RunState.Failed))
            return status with { State = RunState.Running, Error = null, EtaSeconds = null, TotalEtaSeconds = null };
        return status.State == RunState.Interrupted && status.Error is null ? status with { Error = Ending(folder, status), EtaSeconds = null, TotalEtaSeconds = null } : status;
    }

    /// <summary>
    /// A resumed run opens its activations and its checkpoint before it trains on. Until it has come to the stage of the attempt before, and has done
    /// something in it, that attempt's progress is shown: nothing seems to begin again.
    /// </summary>
    public static RunStatus Resumed(RunStatus now, RunStatus? earlier)
    {
        if (earlier is null or { State: RunState.Done } or { Step: 0 } || now.State != RunState.Running) return now;
        var isBack = now.Stage > earlier.Stage || now.Stage == earlier.Stage && now.Step > 0;
        // What is collected again is really collected again.
        var collects = now.Stage == StageName.Collect && earlier.Stage != StageName.Collect && now.Step > 0 && now.Step < now.Total;
        return isBack || collects ? now : now with { Stage = earlier.Stage, Step = earlier.Step, Total = earlier.Total, Stages = earlier.Stages };
    }

    /// <summary>The end of a worker that could not tell it itself.</summary>
    private static string Ending(string folder, RunStatus status)
    {
        var lines = RunEndings.LogTail(folder, LinesTold);
        return $"The worker ended unexpectedly in the stage {status.Stage.Name()}: it was killed, or the machine stopped. The last lines of its log:\n{string.Join('\n', lines)}";
    }
}
