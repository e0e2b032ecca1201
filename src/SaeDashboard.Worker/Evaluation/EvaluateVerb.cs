using System.CommandLine;
using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Saes;

namespace SaeDashboard.Worker.Evaluation;

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
        var site = SaeCompatibility.Require(folder, sae, model);
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
        var recovery = context.Get(clipsOption) is > 0 and var count ? run.Recover(report, count) : null;
        var groundTruth = measure is null ? null : run.ScoreConcepts(measure);
        return new VerbResult(
            new { sae = folder, hook = site.ToString(), report, decoderCosine, stability, outputScore, recovery, groundTruth, folder = run.Folder, seconds = clock.Elapsed.TotalSeconds },
            run.Text);
    }

    private static void RequireSameSite(HookSite site, SparseAutoencoder second, MusicGenModel model, string folder)
    {
        if (SaeCompatibility.Require(folder, second, model) is var other && other != site)
            throw new UserException($"{folder} reads {other}, the SAE to evaluate {site}: stability compares two SAEs of the same place.");
    }
}

/// <summary>The options of evaluate that concern the ground truth and stored activations, as one verb's.</summary>
internal sealed class TruthOptions
{
    private readonly Option<bool> truthOption = new("--ground-truth") { Description = "Also score features and baselines against the dataset's annotations (minutes)" };
    private readonly Option<string> chooseOption = new Option<string>("--choose-on") { Description = "The split that features, lags and probes are chosen on: any but the one that is scored", HelpName = "name" }.Default("select");
    private readonly Option<string?> baselinesOption = new("--baselines") { Description = "Where the residual stream's own scores are kept: read if the file exists, else computed and written", HelpName = "file" };
    private readonly Option<string?> selectOption = new("--select-activations") { Description = "Folder made by collect on the split of --choose-on, read instead of running the model", HelpName = "dir" };
    private readonly Option<string?> scoredOption = new("--test-activations") { Description = "Folder made by collect on the split that is evaluated, likewise", HelpName = "dir" };

    public TruthOptions(Command verb)
    {
        Option[] all = [truthOption, chooseOption, baselinesOption, selectOption, scoredOption];
        foreach (var option in all) verb.Options.Add(option);
        verb.Validators.Add(result =>
        {
            foreach (var option in (Option[])[chooseOption, baselinesOption])
            {
                if (!result.GetValue(truthOption) && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} is for --ground-truth: give that too.");
            }
        });
    }

    /// <summary>The scoring against annotations, or null if not requested.</summary>
    public TruthMeasurement? Prepare(VerbContext context, EvaluationSources sources, MusicGenModel model, ClipDataset dataset, string split) =>
        context.Get(truthOption) ? TruthMeasurement.Prepare(sources, model, dataset, context.Get(chooseOption), split, context.Find(baselinesOption)) : null;

    /// <summary>Activations from the folders given, else from the model. The caller disposes them.</summary>
    public EvaluationSources Open(VerbContext context, MusicGenModel model, ClipDataset dataset, HookSite site, bool captions, string split)
    {
        var sources = new EvaluationSources(model, dataset, site, captions);
        try
        {
            sources.Use(context.Get(chooseOption), context.Find(selectOption));
            sources.Use(split, context.Find(scoredOption));
            return sources;
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }
}
