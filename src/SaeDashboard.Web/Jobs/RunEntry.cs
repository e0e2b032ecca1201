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

    public bool IsNew { get; set; } = true;

    /// <exception cref="UserException">It may not be looked at.</exception>
    public static DateTime StampOf(string folder) => FileLook.At(Path.Combine(folder, "status.json"))?.ModifiedUtc ?? default;

    /// <summary>Reads what never changes: the plan and when it was made.</summary>
    public static RunEntry Read(string id, string folder, RunRow? row) => Make(id, Plan(folder), row);

    /// <summary>A run of which nothing but its name can be read.</summary>
    public static RunEntry Unread(string id) => Make(id, Unplanned([]), null);

    /// <summary>Reads it again: what could not be read may have been mended.</summary>
    public void ReadAgain(string folder, RunRow? row)
    {
        View = View with { Plan = Plan(folder) };
        Row = row;
    }

    private static RunEntry Make(string id, RunPlan plan, RunRow? row)
    {
        var made = Ids.CreatedUtc(id)!.Value;
        var status = new RunStatus("collect", RunStates.Queued, 0, 0, 0, null, made);
        return new RunEntry(new RunView(id, row?.Name ?? id, plan, status, null, row?.Owner, made, new Dictionary<string, double?>(), false), row);
    }

    /// <summary>A folder that the command line made holds a trainer's settings instead of a plan: it is shown, but cannot be started.</summary>
    private static RunPlan Plan(string folder)
    {
        var path = Path.Combine(folder, RunPlans.FileName);
        try
        {
            return JsonFile.Read<RunPlan>(path);
        }
        catch (UserException)
        {
            var train = new JsonObject();
            try
            {
                train = JsonFile.Read<JsonObject>(path);
            }
            catch (UserException)
            {
                // No settings at all: what else the folder holds can still be looked at.
            }
            return Unplanned(train);
        }
    }

    private static RunPlan Unplanned(JsonObject train) => new() { ModelPath = "", DatasetPath = "", Layer = 0, ActivationsPath = "", SaePath = "", Train = train };
}
