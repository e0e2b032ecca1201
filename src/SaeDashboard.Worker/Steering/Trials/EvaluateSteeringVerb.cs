using System.CommandLine;
using System.Diagnostics;
using SaeDashboard.Clap;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Steering;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Steering.Trials;
using SaeDashboard.Worker.Clap;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Runs;

namespace SaeDashboard.Worker.Steering.Trials;

/// <summary><c>evaluate-steering</c>: which features of an SAE steer, against directions of the same size that mean something else or nothing.</summary>
internal sealed class EvaluateSteeringVerb : Verb
{
    private static readonly string[] DefaultPrompts = ["Simple melody", "slow, sustained chords", "fast rhythm", "solo instrument, mid tempo"];
    private static readonly double[] DefaultStrengths = [2, 8, 32];

    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run: its plan, its clips as they are heard, steering.json", Required = true, HelpName = "dir" };
    private readonly Option<bool> resumeOption = new("--resume") { Description = "Continue where the run was stopped" };
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<int> sampleOption = new Option<int>("--sample") { Description = "Kept features, drawn at random", HelpName = "count" }.Default(50).Between(0, 65_536);
    private readonly Option<int> topOption = new Option<int>("--top-score") { Description = "Kept features with the highest output scores: a row of their own", HelpName = "count" }.Default(20).Between(0, 65_536);
    private readonly Option<string[]> promptOption = new("--prompt") { Description = "Prompts, at least two; may be repeated. The first half chooses strengths, the second half is reported (default: four that name no instrument)", HelpName = "text", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int> seedsOption = new Option<int>("--seeds") { Description = "Seeds of each prompt, from 0", HelpName = "count" }.Default(8).Between(1, 256);
    private readonly Option<double[]> strengthOption = new("--strength") { Description = "Strengths to choose from, in multiples of p99; may be repeated (default: 2 8 32)", HelpName = "multiple", AllowMultipleArgumentsPerToken = true };
    private readonly Option<double> secondsOption = new Option<double>("--seconds") { Description = "Length of a clip", HelpName = "seconds" }.Default(5).Between(0.5, 30);
    private readonly Option<double> guidanceOption = new Option<double>("--guidance") { Description = "Guidance", HelpName = "scale" }.Default(3.0).Between(0.0, 100.0);
    private readonly Option<int> seedOption = new Option<int>("--seed") { Description = "Decides the sample, the random directions and the intervals", HelpName = "number" }.Default(0).Between(0, int.MaxValue);
    private readonly Option<int> rowsOption = new Option<int>("--rows") { Description = "Clips made at once; the result does not depend on it", HelpName = "count" }.Default(32).Between(1, 1024);
    private readonly Option<int> taggerOption = new Option<int>("--tagger-clips") { Description = "Clips of sae-train that the tagger is trained on", HelpName = "count" }.Default(1600).Between(1, 1_000_000);
    private readonly Option<int> heldOutOption = new Option<int>("--held-out-clips") { Description = "Clips of test that it is measured on", HelpName = "count" }.Default(400).Between(1, 1_000_000);
    private readonly Option<int> selectOption = new Option<int>("--select-clips") { Description = "Clips of select that targets are fixed on", HelpName = "count" }.Default(400).Between(1, 1_000_000);
    private readonly Option<string?> clapOption = new("--clap") { Description = "CLAP folder: a further judge, and the paper's criterion as it is", HelpName = "dir" };
    private readonly Option<bool> keepOption = new("--keep") { Description = "Also keep steering.json in the SAE's folder (evaluation/steering.json), where the site reads it" };
    private readonly Option<bool> estimateOption = new("--estimate") { Description = "Only say how long it will take" };
    private readonly ComputeOptions compute;

    public EvaluateSteeringVerb() : base("evaluate-steering", "Makes music with sampled features turned up and with controls of the same size, and tests which features move what they stand for: a table with confidence intervals, resumable.",
        "evaluate-steering --sae demo/sae --model demo/model --dataset demo/dataset --run-dir data/runs/steering", "evaluate-steering --sae demo/sae --model demo/model --dataset demo/dataset --run-dir data/runs/steering --estimate")
    {
        Option[] all = [runOption, resumeOption, saeOption, modelOption, datasetOption, sampleOption, topOption, promptOption, seedsOption, strengthOption, secondsOption, guidanceOption, seedOption, rowsOption,
            taggerOption, heldOutOption, selectOption, clapOption, keepOption, estimateOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this, "; the codec, the SAE and the judges stay on the CPU");
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var settings = Settings(context);
        settings.Validate();
        var folder = context.Get(runOption);
        using var run = RunFolder.Open(folder);
        if (!context.Get(resumeOption) && run.Earlier is { } earlier)
            throw new UserException($"{folder} was begun already ({earlier.State.Name()}). Give --resume to continue it, or another --run-dir.");
        using var watch = new CancelWatch(run, context.Cancellation);
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        run.Device = model.Options.Device.ToString();
        using var session = new SteeringSession(model);
        var sae = session.Load(context.Get(saeOption));
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        ModelLoading.Hash(model, context.Progress);
        var preparation = new TrialPreparation(model, sae, dataset, settings, folder, context.Progress, watch.Token);
        var estimate = TrialEstimate.Of(model, sae, dataset, settings, preparation, context.Get(rowsOption));
        AtomicFile.WriteJson(Path.Combine(folder, "estimate.json"), estimate);
        if (context.Get(estimateOption)) return new VerbResult(estimate, estimate.ToString());
        context.Progress.Note(estimate.ToString());
        run.Log(estimate.ToString());

        var table = ClipWork.Reporting(run, watch, () => Make(context, run, model, sae, dataset, preparation, watch.Token));
        AtomicFile.WriteJson(Path.Combine(folder, SteeringTable.FileName), table);
        if (context.Get(keepOption)) AtomicFile.WriteJson(SteeringTableFile.PathIn(sae.Folder), table);
        var total = run.Last?.Total ?? 0;
        run.Report(StageName.Evaluate, RunState.Done, total, total, 0, 0);
        return new VerbResult(new { table, run = folder, seconds = clock.Elapsed.TotalSeconds }, TrialText.Of(table));
    }

    private SteeringTable Make(VerbContext context, RunFolder run, MusicGenModel model, LoadedSae sae, ClipDataset dataset, TrialPreparation preparation, CancellationToken cancellation)
    {
        using var clap = context.Find(clapOption) is { } clapFolder ? ClapModel.Load(clapFolder, progress: ModelLoading.Megabytes("Loading CLAP", context.Progress)) : null;
        var (plan, diffMeans, tagger) = preparation.Prepare(clap?.HashWeights());
        var judge = new TrialJudge(model, sae, tagger);
        return new TrialRun(model, sae, plan, diffMeans, judge, Clap(context, clap, sae, model, dataset, plan), context.Get(rowsOption)).Make(run, context.Progress, cancellation);
    }

    /// <summary>What each feature's own clips sound like to CLAP.</summary>
    private ClapJudge? Clap(VerbContext context, ClapModel? clap, LoadedSae sae, MusicGenModel model, ClipDataset dataset, TrialPlan plan)
    {
        const int clips = 10;
        const double seconds = 2;
        if (clap is null) return null;
        if (dataset.Hash != sae.Index.Info.DatasetHash) throw new UserException($"{sae.Index.Folder} was made from another dataset than {dataset.Folder}: CLAP compares with its top clips. Name that one, or make the index again.");
        using var sounds = ClipSounds.Open(context.Get(modelOption), sae.Index, dataset, context.Progress);
        var own = new ClipExcerpts(clap, sae.Index, sounds, Math.Min(seconds, clap.Config.Sound.Seconds)).Embed([.. plan.Features.Select(feature => feature.Feature)], clips, context);
        return new ClapJudge(clap, own, model.Codec.SampleRate);
    }

    private TrialSettings Settings(VerbContext context) => new()
    {
        Seconds = context.Get(secondsOption),
        Prompts = context.Find(promptOption) is { Length: > 0 } prompts ? prompts : DefaultPrompts,
        Seeds = context.Get(seedsOption),
        Strengths = [.. (context.Find(strengthOption) is { Length: > 0 } strengths ? strengths : DefaultStrengths).Order()],
        Guidance = context.Get(guidanceOption),
        Sample = context.Get(sampleOption),
        TopScore = context.Get(topOption),
        Seed = (ulong)context.Get(seedOption),
        TaggerClips = context.Get(taggerOption),
        HeldOutClips = context.Get(heldOutOption),
        SelectClips = context.Get(selectOption),
    };
}
