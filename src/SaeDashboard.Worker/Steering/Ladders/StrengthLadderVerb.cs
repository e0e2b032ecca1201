using System.CommandLine;
using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Steering;
using SaeDashboard.Sae.Steering.Ladders;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Runs;

namespace SaeDashboard.Worker.Steering.Ladders;

/// <summary><c>strength-ladder</c>: from which strength a feature is heard, is strong, and breaks the music; kept with the index.</summary>
internal sealed class StrengthLadderVerb : Verb
{
    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run: its plan and its clips as they are heard", Required = true, HelpName = "dir" };
    private readonly Option<bool> resumeOption = new("--resume") { Description = "Continue where the run was stopped" };
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<int[]> featureOption = new("--feature") { Description = "Features to measure; may be repeated", HelpName = "feature", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int> sampleOption = new Option<int>("--sample") { Description = "Kept features, drawn at random", HelpName = "count" }.Default(0).Between(0, 65_536);
    private readonly Option<int> topOption = new Option<int>("--top-score") { Description = "Kept features with the highest output scores", HelpName = "count" }.Default(0).Between(0, 65_536);
    private readonly Option<string[]> promptOption = new("--prompt") { Description = "Prompts; may be repeated (default: \"Simple melody\")", HelpName = "text", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int> seedsOption = new Option<int>("--seeds") { Description = "Seeds of each prompt, from 0: the same at every strength", HelpName = "count" }.Default(8).Between(3, 256);
    private readonly Option<double[]> strengthOption = new("--strength") { Description = "Strengths in multiples of p99, each measured up and down; may be repeated (default: 0.5 1 2 4 8 16 32 64). Above 2 a direction ends where the music breaks", HelpName = "multiple", AllowMultipleArgumentsPerToken = true };
    private readonly Option<double> secondsOption = new Option<double>("--seconds") { Description = "Length of a clip", HelpName = "seconds" }.Default(5).Between(0.5, 30);
    private readonly Option<double> guidanceOption = new Option<double>("--guidance") { Description = "Guidance", HelpName = "scale" }.Default(3.0).Between(0.0, 100.0);
    private readonly Option<int> seedOption = new Option<int>("--seed") { Description = "Decides the sample", HelpName = "number" }.Default(0).Between(0, int.MaxValue);
    private readonly Option<int> referenceOption = new Option<int>("--reference-clips") { Description = "Clips of select that say how loud and how varied music is", HelpName = "count" }.Default(100).Between(2, 1_000_000);
    private readonly Option<int> rowsOption = new Option<int>("--rows") { Description = "Clips made at once; the result does not depend on it", HelpName = "count" }.Default(LadderMeasurement.DefaultRows).Between(1, 1024);
    private readonly Option<string?> intoOption = new("--into") { Description = "Folder that gets ladders.jsonl (default: the SAE's index)", HelpName = "dir" };
    private readonly Option<bool> estimateOption = new("--estimate") { Description = "Only say how long it will take" };
    private readonly ComputeOptions compute;

    public StrengthLadderVerb() : base("strength-ladder", "Makes music with a feature turned up and down in steps, over the same seeds, and keeps with the index from which strength it is heard, is strong, and breaks the music, and which other features move.",
        "strength-ladder --sae demo/sae --model demo/model --dataset demo/dataset --feature 1337 --run-dir data/runs/ladder", "strength-ladder --sae demo/sae --model demo/model --dataset demo/dataset --top-score 8 --run-dir data/runs/ladders --estimate")
    {
        Option[] all = [runOption, resumeOption, saeOption, modelOption, datasetOption, featureOption, sampleOption, topOption, promptOption, seedsOption, strengthOption, secondsOption, guidanceOption, seedOption, referenceOption,
            rowsOption, intoOption, estimateOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this, "; the codec and the SAE stay on the CPU");
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
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
        var settings = Settings(context, sae.Index);
        settings.Validate();
        var measurement = new LadderMeasurement(model, sae, dataset, settings, run, context.Get(rowsOption));
        measurement.RequireSources();
        var estimate = measurement.Estimate();
        if (context.Get(estimateOption)) return new VerbResult(estimate, estimate.ToString());
        context.Progress.Note(estimate.ToString());
        run.Log(estimate.ToString());

        var into = context.Find(intoOption) ?? sae.Index.Folder;
        var ladders = ClipWork.Reporting(run, watch, () => measurement.Measure(into, StageName.Evaluate, (what, done, total) => context.Progress.Report(what, done, total, "clips"), watch.Token));
        var total = run.Last?.Total ?? 0;
        run.Report(StageName.Evaluate, RunState.Done, total, total, 0, 0);
        return new VerbResult(new { ladders, file = Path.Combine(into, StrengthLadders.FileName), run = folder, seconds = clock.Elapsed.TotalSeconds }, string.Join('\n', ladders.Select(LadderText.Of)));
    }

    private LadderSettings Settings(VerbContext context, FeatureIndex index)
    {
        int[] kept = [.. Enumerable.Range(0, index.Count).Where(feature => index[feature] is { Kept: true, P99: > 0 })];
        var order = kept.ToArray();
        new Random(context.Get(seedOption)).Shuffle(order);
        var chosen = (context.Find(featureOption) ?? []).Concat(order.Take(context.Get(sampleOption)));
        if (context.Get(topOption) is > 0 and var top)
        {
            if (index.Measures is not { OutputScore.IsEmpty: false } measures) throw new UserException($"{index.Folder} has no output scores. Index the SAE again with --output-scores 32, or name features.");
            var scores = measures.OutputScore.ToArray();
            chosen = chosen.Concat(kept.Where(feature => float.IsFinite(scores[feature])).OrderByDescending(feature => scores[feature]).ThenBy(feature => feature).Take(top));
        }
        return new LadderSettings
        {
            Features = [.. chosen.Distinct().Order()],
            Prompts = context.Find(promptOption) is { Length: > 0 } prompts ? prompts : LadderSettings.DefaultPrompts,
            Seeds = context.Get(seedsOption),
            Strengths = context.Find(strengthOption) is { Length: > 0 } strengths ? [.. strengths.Order()] : LadderSettings.DefaultStrengths,
            Seconds = context.Get(secondsOption),
            Guidance = context.Get(guidanceOption),
            ReferenceClips = context.Get(referenceOption),
        };
    }
}
