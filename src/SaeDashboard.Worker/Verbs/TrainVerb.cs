using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Running;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>train</c>: an SAE from stored activations.</summary>
internal sealed class TrainVerb : Verb
{
    private readonly Option<string> activationsOption = new("--activations") { Description = "Folder made by collect", Required = true, HelpName = "DIR" };
    private readonly Option<string?> configOption = new("--config") { Description = "Training settings as JSON (without it: the default run)", HelpName = "JSON" };
    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run: settings, status, metrics, checkpoints", Required = true, HelpName = "DIR" };
    private readonly Option<string?> outOption = new("--out") { Description = "SAE folder to make (default: RUN/sae)", HelpName = "DIR" };
    private readonly Option<string?> forkOption = new("--fork") { Description = "Begin with a checkpoint of another run (without a step: its newest); settings that --config leaves out are that run's", HelpName = "RUN[:STEP]" };
    private readonly Option<bool> resumeOption = new("--resume") { Description = "Go on from the newest checkpoint" };
    private readonly Option<bool> restartOption = new("--restart") { Description = "Throw the run's checkpoints and metrics away and start over" };

    public TrainVerb() : base("train", "Trains a sparse autoencoder.")
    {
        Option[] all = [activationsOption, configOption, runOption, outOption, forkOption, resumeOption, restartOption];
        foreach (var option in all) Options.Add(option);
        Validators.Add(result =>
        {
            if (result.GetValue(resumeOption) && result.GetValue(restartOption)) result.AddError("--resume and --restart contradict each other.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        using var store = ActivationStore.Open(context.Get(activationsOption));
        var runPath = context.Get(runOption);
        var fork = context.Find(forkOption) is { } given ? ForkArgument.Parse(given) : context.Get(resumeOption) ? ForkArgument.Of(runPath) : null;
        var begun = context.Get(resumeOption) && RunCheckpoints.List(runPath).Count > 0;
        var (config, from) = ReadSettings(context.Find(configOption), fork, begun ? runPath : null);
        using var run = RunFolder.Open(runPath);
        var resume = DecideWhereToStart(context, run);
        WriteConfig(run, config, from);
        var export = context.Find(outOption) ?? Path.Combine(run.Path, "sae");
        var progress = new SynchronousProgress<TrainProgress>(p => context.Progress.Report("Training", p.Step, p.Steps, "steps"));
        var result = SaeTrainer.Train(store, config, run, export, resume, progress, from, context.Cancellation);
        context.Progress.CloseLine();
        if (!result.Finished)
            throw new UserException($"Stopped at step {result.Step}; its state is kept. Go on with the same command and --resume.");

        var seconds = clock.Elapsed.TotalSeconds;
        return new VerbResult(
            new { sae = export, seconds, result },
            string.Create(CultureInfo.InvariantCulture, $"{export}: {result.Step:N0} steps, {result.ColumnsPerSecond:N0} columns/s, explained variance {result.HeldOut?.ExplainedVariance:F4} on held-out clips; {seconds:F1} s"));
    }

    /// <summary>The settings, and the fork with its step settled.</summary>
    /// <param name="path">The settings' file, or null.</param>
    /// <param name="fork">What the run begins with, or null.</param>
    /// <param name="begun">The run's own folder when it goes on with a checkpoint of its own: the other run may be gone by then.</param>
    private static (TrainConfig Config, RunFork? Fork) ReadSettings(string? path, RunFork? fork, string? begun)
    {
        var point = fork is null ? null : ForkPoint.Find(begun is null ? fork : new RunFork(begun));
        var config = path is null ? point?.Config ?? new TrainConfig() : TrainConfig.Read(path, point?.Config);
        return (config, fork is null || begun is not null ? fork : fork with { Step = point!.Step });
    }

    private static void WriteConfig(RunFolder run, TrainConfig config, RunFork? fork)
    {
        var json = JsonSerializer.SerializeToNode(config, JsonDefaults.Data)!.AsObject();
        if (fork is not null) json[ForkArgument.Member] = JsonSerializer.SerializeToNode(fork, JsonDefaults.Data);
        run.WriteConfig(json);
    }

    /// <summary>Whether to resume. An earlier attempt's checkpoints are neither used nor thrown away unless a person says which.</summary>
    private bool DecideWhereToStart(VerbContext context, RunFolder run)
    {
        var (resume, restart) = (context.Get(resumeOption), context.Get(restartOption));
        if (RunFolder.ReadStatus(run.Path) is not { } earlier) return resume;
        var kept = Directory.GetDirectories(run.CheckpointsPath).Count(folder => !Path.GetFileName(folder).StartsWith('.'));
        if (earlier.State != RunStates.Done)
            context.Progress.Note($"{run.Path}: the run before was {earlier.State} at step {earlier.Step:N0} of {earlier.Total:N0}; {kept} checkpoints are kept.");
        if (resume && kept == 0) context.Progress.Note("There is no checkpoint to resume from: it starts over.");
        if (resume || restart || kept == 0) return resume;
        throw new UserException($"{run.Path} holds checkpoints of an earlier attempt ({earlier.State}, step {earlier.Step:N0}). Give --resume to go on from the newest, --restart to throw them away, or another --run-dir.");
    }
}
