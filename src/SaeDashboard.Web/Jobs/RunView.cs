namespace SaeDashboard.Web.Jobs;

/// <summary>A run as pages show it: the contents of its folder, and what only the site knows.</summary>
/// <param name="Id">Its folder's name: <c>run-…</c>, or as <see cref="RunPlaces"/> says.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Plan">Its settings. Paths are empty for a run that was not planned here.</param>
/// <param name="Status">Its status; <see cref="RunState.Queued"/> before its worker has written anything.</param>
/// <param name="Waiting">Why it waits; null when it does not.</param>
/// <param name="Owner">The name of the one who started it; null when not known.</param>
/// <param name="CreatedUtc">When it was planned.</param>
/// <param name="Latest">The newest value of every metric; null where it was not finite.</param>
/// <param name="SaeReady">Whether the SAE with its index is at <see cref="RunPlan.SaePath"/>.</param>
public sealed record RunView(
    string Id, string Name, RunPlan Plan, RunStatus Status, string? Waiting, string? Owner, DateTimeOffset CreatedUtc,
    IReadOnlyDictionary<string, double?> Latest, bool SaeReady)
{
    /// <summary>What it computes on, or is to: "cpu", "cuda:0".</summary>
    public string Device => Status.Device ?? ComputeNames.Normal(Plan.Device);

    /// <summary>What a run of the command line says it reads and makes; null: it was planned here, or says nothing of it.</summary>
    public CommandLineRun? CommandLine { get; init; }

    /// <summary>Whether its SAE exists, with an index or without.</summary>
    public bool SaeMade { get; init; }

    /// <summary>Whether its folder's name can be an address. Otherwise it has no page, and nothing can be done with it here.</summary>
    public bool HasAddress { get; init; } = true;

    /// <summary>Whether anything is known of its settings.</summary>
    public bool HasSettings => IsPlanned || CommandLine is not null || Plan.Train.Named.Any();

    /// <summary>Whether the site planned it, and so can resume it, fork it and begin others with its settings.</summary>
    public bool IsPlanned => Plan.ModelPath.Length > 0;

    /// <summary>The id as part of an address.</summary>
    public string Key => Uri.EscapeDataString(Id);

    /// <summary>The address of its page.</summary>
    public string Href => $"runs/{Key}";

    /// <summary>Whether a worker works on it or it waits for one.</summary>
    public bool Active => Status.State is RunState.Running or RunState.Queued;

    /// <summary>Whether Resume makes sense: it ended before it was done, and its plan is known.</summary>
    public bool CanResume => IsPlanned && Status.State is RunState.Interrupted or RunState.Cancelled or RunState.Paused or RunState.Failed;
}
