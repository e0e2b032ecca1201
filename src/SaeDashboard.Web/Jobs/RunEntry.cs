using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
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
