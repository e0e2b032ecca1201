using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>What can be done to several runs at once.</summary>
public enum RunBulkKind
{
    Tag,

    Cancel,

    Delete,
}

/// <summary>What will happen to the selected runs, before a person confirms it.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Runs">Those it is done to.</param>
/// <param name="Left">Those it is not done to, and why.</param>
/// <param name="Tag">The tag that is added; empty for the other kinds.</param>
public sealed record RunBulk(RunBulkKind Kind, IReadOnlyList<RunView> Runs, IReadOnlyList<(RunView Run, string Why)> Left, string Tag = "")
{
    /// <summary>Plans it.</summary>
    /// <param name="kind">What is done.</param>
    /// <param name="selected">The runs that a person selected.</param>
    /// <param name="tag">The tag that is added.</param>
    public static RunBulk Of(RunBulkKind kind, IReadOnlyList<RunView> selected, string tag = "") => new(
        kind,
        [.. selected.Where(run => Obstacle(kind, run, tag) is null)],
        [.. selected.Select(run => (run, Obstacle(kind, run, tag)!)).Where(each => each.Item2 is not null)],
        tag);

    /// <summary>"Delete 3 runs": for the button and the dialog's title.</summary>
    public string Words => Kind switch
    {
        RunBulkKind.Tag => $"Tag {Count(Runs.Count)}",
        RunBulkKind.Cancel => $"Cancel {Count(Runs.Count)}",
        _ => $"Delete {Count(Runs.Count)}",
    };

    /// <summary>What becomes of them, in a sentence.</summary>
    public string Effect => Kind switch
    {
        RunBulkKind.Tag => "The tag is added to these runs.",
        RunBulkKind.Cancel => "These runs stop. Each keeps its last checkpoint and can be resumed.",
        _ => $"Their settings, curves and checkpoints go to the trash, where they are kept for {RunTrash.Kept.Days} days. SAEs that they made and activations that they collected stay.",
    };

    /// <summary>What was done, for the notice.</summary>
    /// <param name="done">How many of them it was done to.</param>
    public string Said(int done) => Kind switch
    {
        RunBulkKind.Tag => $"Tagged {Count(done)} “{Tag}”.",
        RunBulkKind.Cancel => $"Cancelled {Count(done)}. What they have saved is kept.",
        _ => $"Deleted {Count(done)}. The Data page lists deleted runs for {RunTrash.Kept.Days} days.",
    };

    /// <summary>"1 run", "3 runs".</summary>
    public static string Count(int runs) => runs == 1 ? "1 run" : $"{Format.Whole(runs)} runs";

    private static string? Obstacle(RunBulkKind kind, RunView run, string tag) => kind switch
    {
        _ when !run.HasAddress => "its folder's name cannot be an address",
        RunBulkKind.Cancel when !run.Active => $"it is {run.Status.State.Name()}",
        RunBulkKind.Delete when run.Active => $"it is {run.Status.State.Name()}: cancel it first",
        RunBulkKind.Tag when run.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase) => "it has this tag already",
        RunBulkKind.Tag when run.Tags.Count >= RunTags.Max => $"it has {RunTags.Max} tags, the most that a run can have",
        _ => null,
    };
}
