using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Running;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>run</c>: collect → train → index as one thing, as the site starts it.</summary>
internal sealed class RunVerb : Verb
{
    private const string Kept = "without it what the run's config.json says; what is given is kept there";

    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run, with its config.json (model, data set, layer, training settings, where the SAE goes)", Required = true, HelpName = "dir" };
    private readonly Option<bool> resumeOption = new("--resume") { Description = "Go on where the run was stopped" };

    private readonly Option<string?> deviceOption = CommonOptions.Device(null, $"; {Kept}");
    private readonly Option<string?> typeOption = CommonOptions.DType(null, $"; {Kept}");

    public RunVerb() : base("run", "Collects activations, trains an SAE and indexes its features, or does a part of that, as the run folder's config.json says.",
        "run --run-dir data/runs/demo --resume")
    {
        Options.Add(runOption);
        Options.Add(resumeOption);
        Options.Add(deviceOption);
        Options.Add(typeOption);
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var folder = context.Get(runOption);
        var configPath = Path.Combine(folder, "config.json");
        var plan = JsonFile.Read<RunPlan>(configPath);
        using var run = RunFolder.Open(folder);
        var resume = context.Get(resumeOption);
        if (!resume && RunFolder.ReadStatus(folder) is { } earlier)
            throw new UserException($"{folder} was begun already ({earlier.State.Name()}, {earlier.Stage.Name()}). Give --resume to go on, or another --run-dir.");
        if (resume && context.Find(typeOption) is { } type && type != plan.ComputeType)
            throw new UserException($"{configPath}: the run began with dtype {plan.ComputeType}, and its activations are of that. Resume it without --dtype, or make a new run for {type}.");
        var compute = new RunCompute(plan, configPath, context.Find(deviceOption), context.Find(typeOption));

        using var watch = new CancelWatch(run, context.Cancellation);
        if (!new RunPipeline(plan, compute, run, context.Progress, watch.Token).Run(resume))
            throw new UserException($"{folder}: stopped; what it made is kept. Go on with --resume.");

        var seconds = clock.Elapsed.TotalSeconds;
        return new VerbResult(new { sae = plan.SaePath, run = folder, seconds }, string.Create(CultureInfo.InvariantCulture, $"{plan.SaePath}: {(plan.Kind == RunKind.Train ? "trained and indexed" : "indexed")} in {seconds:F1} s"));
    }
}
