using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Jobs;

/// <summary>Something about a run that a person wants to know wherever they are.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Title">"Taiko SAE is done".</param>
/// <param name="Text">What happened, or what to do.</param>
/// <param name="Href">The run's page.</param>
/// <param name="IsProblem">Whether something is wrong.</param>
public sealed record RunAlert(string RunId, string Title, string Text, string Href, bool IsProblem);

/// <summary>Finds what is worth an alert: a run that ends by itself, stalls, or diverges. Each is said once. Not for several threads.</summary>
internal sealed class RunAlertFinder
{
    /// <summary>Without a heartbeat for this long a running run has stalled; a worker writes one every second or two.</summary>
    public static readonly TimeSpan Stall = TimeSpan.FromSeconds(60);

    // Before this share of its steps a run may still be worse than the mean.
    private const double Settled = 0.1;

    private readonly Dictionary<string, RunState> states = new(StringComparer.Ordinal);
    private readonly HashSet<string> stalled = new(StringComparer.Ordinal);
    private readonly HashSet<string> diverged = new(StringComparer.Ordinal);

    /// <summary>What is new since the last call. The first call only remembers.</summary>
    public IReadOnlyList<RunAlert> Next(IReadOnlyList<RunView> runs, DateTimeOffset now)
    {
        var alerts = new List<RunAlert>();
        foreach (var run in runs)
        {
            var state = run.Status.State;
            var was = states.TryGetValue(run.Id, out var last) ? last : (RunState?)null;
            states[run.Id] = state;
            if (was is RunState.Running && state != RunState.Running && Ended(run) is { } ended) alerts.Add(ended);
            if (state != RunState.Running)
            {
                stalled.Remove(run.Id);
                diverged.Remove(run.Id);
                continue;
            }
            if (now - run.Status.Heartbeat < Stall) stalled.Remove(run.Id);
            else if (stalled.Add(run.Id)) alerts.Add(Problem(run, "has stalled", $"Its worker has given no sign for {(now - run.Status.Heartbeat).TotalSeconds:0} s. Look at its log; cancel and resume it if it does not come back."));
            if (Divergence(run) is { } why && diverged.Add(run.Id)) alerts.Add(Problem(run, "is diverging", why));
        }
        return alerts;
    }

    private static RunAlert? Ended(RunView run) => run.Status.State switch
    {
        RunState.Done => new RunAlert(run.Id, $"{run.Name} is done", run.SaeReady && run.Plan.Kind != RunKind.Direction ? "Its features are ready." : "Its results are ready.", run.Href, false),
        RunState.Failed => Problem(run, "failed", FirstLine(run.Status.Error)),
        RunState.Interrupted => Problem(run, "was interrupted", FirstLine(run.Status.Error)),
        // A person did that.
        _ => null,
    };

    private static string? Divergence(RunView run)
    {
        if (run.Status.Stage != StageName.Train) return null;
        if (run.Latest.TryGetValue("loss", out var loss) && loss is null) return "Its loss is not a finite number any more. Start again with a lower learning rate.";
        return run.Status.Step > Settled * run.Status.Total && RunFormatting.ExplainedVariance(run).Value is < 0
            ? "Its explained variance is below 0: it reconstructs worse than the mean. A lower learning rate usually helps." : null;
    }

    private static RunAlert Problem(RunView run, string what, string text) => new(run.Id, $"{run.Name} {what}", text, run.Href, true);

    private static string FirstLine(string? error) => error is null ? "Its page has the log." : error.Split('\n')[0];
}
