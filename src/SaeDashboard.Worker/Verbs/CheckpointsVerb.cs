using System.CommandLine;
using System.Globalization;
using SaeDashboard.Core.Runs;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>checkpoints</c>: a run's checkpoints, and which of them are pinned. Also while the run is running.</summary>
internal sealed class CheckpointsVerb : Verb
{
    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run", Required = true, HelpName = "dir" };
    private readonly Option<long[]> pinOption = new("--pin") { Description = "Keep the checkpoint of this step, however many come after it", HelpName = "step" };
    private readonly Option<long[]> unpinOption = new("--unpin") { Description = "Let it go like the others again", HelpName = "step" };

    public CheckpointsVerb() : base("checkpoints", "Lists the saved states of a run, and pins those that are to be kept.",
        "checkpoints --run-dir data/runs/demo --pin 800")
    {
        Option[] all = [runOption, pinOption, unpinOption];
        foreach (var option in all) Options.Add(option);
    }

    public override VerbResult Run(VerbContext context)
    {
        var run = context.Get(runOption);
        foreach (var step in context.Find(pinOption) ?? []) RunCheckpoints.Pin(run, step);
        foreach (var step in context.Find(unpinOption) ?? []) RunCheckpoints.Unpin(run, step);

        var (checkpoints, best) = (RunCheckpoints.List(run), RunCheckpoints.Best(run));
        var lines = checkpoints.Select(one => string.Create(CultureInfo.InvariantCulture,
            $"{one.Step,12:N0}  {one.Time:yyyy-MM-dd HH:mm:ss}Z  {one.Bytes / 1e6,9:N1} MB{(one.Best ? $"  best: loss {best!.HeldOutLoss:G5} on held-out clips" : "")}{(one.Pinned ? "  pinned" : "")}"));
        return new VerbResult(new { run, best, checkpoints }, checkpoints.Count == 0 ? $"{run} has no checkpoints." : string.Join('\n', lines));
    }
}
