using System.CommandLine;
using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Evaluation;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>evaluate</c>: how well an exported SAE rebuilds clips it was not trained on, what its features do, and what that does to the model.</summary>
internal sealed class EvaluateVerb : Verb
{
    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<string> splitOption = CommonOptions.Split("test");
    private readonly Option<int> clipsOption = new Option<int>("--ce-clips") { Description = "Clips of the split for cross-entropy and KL recovered, spread evenly over it; 0: none", HelpName = "count" }.Default(100).Between(0, 1_000_000);
    private readonly Option<int> columnsOption = new Option<int>("--score-columns") { Description = "Columns at which each kept feature is injected for its output score; 0: none", HelpName = "count" }.Default(32).Between(0, 1_000_000);
    private readonly Option<string?> secondOption = new("--second") { Description = "A second SAE, trained from another seed: how many features both found", HelpName = "dir" };
    private readonly TruthOptions truth;

    public EvaluateVerb() : base("evaluate", "Measures an exported SAE on a split: explained variance, L0, dead features, filter counts, cross-entropy and KL recovered, decoder cosines, output scores, stability. Also written to evaluation/SPLIT in its folder.",
        "evaluate --sae demo/sae --model demo/model --dataset demo/dataset --split test")
    {
        Option[] all = [saeOption, modelOption, datasetOption, splitOption, clipsOption, columnsOption, secondOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this, "; the model and the SAE compute there, all that is summed, compared and fitted stays on the CPU");
        truth = new TruthOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var folder = context.Get(saeOption);
        var options = compute.Read(context);
        using var sae = SaeFolder.Load(folder);
        foreach (var note in sae.Config.Notes) context.Progress.Note(note);
        using var second = context.Find(secondOption) is { } other ? SaeFolder.Load(other) : null;
        if (options.Device.TensorDevice is { } device) sae.ComputeOn(device);
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        var split = context.Get(splitOption);
        using var model = ModelLoading.Load(context.Get(modelOption), options, context.Progress);
        var site = SaeFit.Require(folder, sae, model);
        if (second is not null) RequireSameSite(site, second, model, context.Find(secondOption)!);
        ModelLoading.Hash(model, context.Progress);
        var subject = new EvaluationSubject(folder, sae, model, site, dataset, split, dataset.InSplit(split));
        using var sources = truth.Open(context, model, dataset, site, subject.Captions, split);
        var measure = truth.Prepare(context, sources, model, dataset, split);
        var run = new EvaluationRun(subject, sources, context.Progress, context.Cancellation);

        var report = run.Reconstruct();
        var decoderCosine = run.CompareDirections(report.PerFeature);
        var stability = second is null ? null : run.CompareSeeds(report.PerFeature, second, context.Find(secondOption)!);
        var outputScore = context.Get(columnsOption) is > 0 and var columns ? run.ScoreOutputs(report.PerFeature, columns) : null;
        var recovery = context.Get(clipsOption) is > 0 and var count ? run.Recover(count) : null;
        var groundTruth = measure is null ? null : run.ScoreConcepts(measure);
        return new VerbResult(
            new { sae = folder, hook = site.ToString(), report, decoderCosine, stability, outputScore, recovery, groundTruth, folder = run.Folder, seconds = clock.Elapsed.TotalSeconds },
            run.Text);
    }

    private static void RequireSameSite(HookSite site, SparseAutoencoder second, MusicGenModel model, string folder)
    {
        if (SaeFit.Require(folder, second, model) is var other && other != site)
            throw new UserException($"{folder} reads {other}, the SAE to evaluate {site}: stability compares two SAEs of the same place.");
    }
}
