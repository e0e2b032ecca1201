using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Evaluation;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>evaluate</c>: how well an exported SAE rebuilds clips it was not trained on.</summary>
internal sealed class EvaluateVerb : Verb
{
    private const string PcaSplit = "select";

    private readonly Option<string> saeOption = CommonOptions.Sae();
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<string> datasetOption = CommonOptions.Dataset();
    private readonly Option<string> splitOption = CommonOptions.Split("test");
    private readonly TruthOptions truth;

    public EvaluateVerb() : base("evaluate", "Measures an exported SAE on a split: explained variance in three forms, L0, dead features, filter counts.")
    {
        Option[] all = [saeOption, modelOption, datasetOption, splitOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this);
        truth = new TruthOptions(this);
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        using var sae = SaeFolder.Load(context.Get(saeOption));
        using var dataset = ClipDataset.Open(context.Get(datasetOption));
        var split = context.Get(splitOption);
        using var model = ModelLoading.Load(context.Get(modelOption), compute.Read(context), context.Progress);
        var site = SaeFit.Require(context.Get(saeOption), sae, model);
        using var sources = truth.Open(context, model, dataset, site, SaeFit.ReadsCaptions(sae), split);
        var scorer = truth.Wanted(context) ? TruthMeasure.Prepare(sources, model, dataset, split) : null;

        // The principal components are fitted on `select`, so that on `test` they too meet clips they have not seen. `select` itself needs no second pass.
        var report = ReconstructionMeter.Measure(
            sae,
            sources.Of(split),
            split == PcaSplit ? null : sources.Of(PcaSplit),
            new MeterOptions { FrameRate = model.Codec.FrameRate, PcaOfMeasuredSplit = true },
            context.Progress.Clips("Evaluate: "),
            context.Cancellation);
        var groundTruth = scorer is null
            ? null
            : TruthMeasure.Run(scorer, sources, sae, model, dataset, split, truth.Baselines(context), context.Progress, context.Cancellation);
        var seconds = clock.Elapsed.TotalSeconds;
        return new VerbResult(new { sae = context.Get(saeOption), report, groundTruth, seconds },
            Text(report, seconds) + (groundTruth is null ? "" : Environment.NewLine + Environment.NewLine + TruthText.Of(groundTruth)));
    }

    private static string Text(ReconstructionReport report, double seconds)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{report.Split}: {report.Clips:N0} clips, {report.Columns:N0} columns ({report.FirstColumn} to the last of each), {seconds:F1} s");
        Line("explained variance", report.ExplainedVariance, "1 − E‖e‖² / (E‖x‖² − ‖E x‖²)");
        Line("  against column means", report.ExplainedVariancePerColumn, "1 − E‖e‖² / E‖x − μ_column‖²");
        foreach (var pca in report.Pca) Line(FormattableString.Invariant($"  PCA of rank {pca.Rank}"), pca.ExplainedVariance, FormattableString.Invariant($"against column means {pca.ExplainedVariancePerColumn:F3}; fitted on {report.PcaSplit}"));
        text.AppendLine(CultureInfo.InvariantCulture, $"{"L0",-24} {report.L0,7:F2}  latents a column");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"dead",-24} {100 * report.DeadFraction,6:F2} %  of {report.Features:N0} features never fire");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"dense",-24} {100 * report.DenseFraction,6:F2} %  fire in more than 10 % of columns");
        Line("cosine", report.CosineMean, "mean of cos(x, x̂)");
        Line("shrinkage", report.Shrinkage, "mean of ‖x̂‖ / ‖x‖");
        Line("relative bias", report.RelativeReconstructionBias, "E‖x̂‖² / E[x·x̂]");
        text.Append(CultureInfo.InvariantCulture, $"{"kept by the filter",-24} {report.KeptDefault,7:N0}  over 10 % of p99 in 1–25 % of clips ({report.KeptAnyFrame:N0} over 0, as in the paper)");
        return text.ToString();

        void Line(string name, double? value, string meaning) =>
            text.AppendLine(CultureInfo.InvariantCulture, $"{name,-24} {(value is { } v ? v.ToString("F4", CultureInfo.InvariantCulture) : "–"),7}  {meaning}");
    }
}
