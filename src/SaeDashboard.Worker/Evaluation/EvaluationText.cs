using System.Globalization;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Evaluation.Directions;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae.Evaluation.Recovery;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>What <c>evaluate</c> prints for a person, part by part.</summary>
internal static class EvaluationText
{
    public static void Reconstruction(EvaluationLines lines, ReconstructionReport report, double seconds)
    {
        lines.Heading($"{report.Split}: {report.Clips:N0} clips, {report.Columns:N0} columns ({report.FirstColumn} to the last of each), {seconds:F1} s");
        lines.Number("explained variance", report.ExplainedVariance, "1 − E‖e‖² / (E‖x‖² − ‖E x‖²)");
        lines.Number("  against column means", report.ExplainedVariancePerColumn, "1 − E‖e‖² / E‖x − μ_column‖²");
        foreach (var pca in report.Pca)
            lines.Number($"  PCA of rank {Count(pca.Rank)}", pca.ExplainedVariance, FormattableString.Invariant($"against column means {pca.ExplainedVariancePerColumn:F3}; fitted on {report.PcaSplit}"));
        lines.Line("L0", report.L0.ToString("F2", CultureInfo.InvariantCulture), "latents a column");
        lines.Share("dead", report.DeadFraction, $"of {Count(report.Features)} features never fire");
        lines.Share("dense", report.DenseFraction, "fire in more than 10 % of columns");
        lines.Number("cosine", report.CosineMean, "mean of cos(x, x̂)");
        lines.Number("shrinkage", report.Shrinkage, "mean of ‖x̂‖ / ‖x‖");
        lines.Number("relative bias", report.RelativeReconstructionBias, "E‖x̂‖² / E[x·x̂]");
        lines.Line("kept by the filter", Count(report.KeptDefault), $"over 10 % of p99 in 1–25 % of clips ({Count(report.KeptAnyFrame)} over 0, as in the paper)");
    }

    public static void DecoderCosine(EvaluationLines lines, CosineSummary summary)
    {
        lines.Number("decoder cosine", summary.Median, $"median of the largest cosine with another feature's direction ({Count(summary.Features)} features that fire)");
        lines.Share("  above 0.7", summary.Above07, "of them");
        lines.Share("  above 0.9", summary.Above09, "of them");
    }

    public static void Recovery(EvaluationLines lines, IReadOnlyList<RecoveryReport> reports, HookSite site, double seconds)
    {
        lines.Heading($"");
        lines.Heading($"{(site.Point == HookSite.ResidualPost ? $"residual stream after layer {site.Layer}" : site.ToString())} replaced, columns 1 to the last: {reports[0].Clips:N0} clips spread over the split, {seconds:F1} s");
        foreach (var report in reports)
        {
            var all = report.Overall;
            var condition = report.Condition == "none" ? "without text" : "with captions";
            lines.Number($"CE {condition}", all.CrossEntropy, FormattableString.Invariant($"nats a code, {all.Cells:N0} codes"));
            lines.Number("  by reconstruction", all.CrossEntropySae, FormattableString.Invariant($"nats a code; KL {all.KlSae:F4}"));
            lines.Number("  by zero", all.CrossEntropyZero, FormattableString.Invariant($"nats a code; KL {all.KlZero:F4}"));
            lines.Number("  by the mean", all.CrossEntropyMean, FormattableString.Invariant($"nats a code; KL {all.KlMean:F4}"));
            Share(lines, "  CE recovered of zero", all.CrossEntropyRecoveredOfZero, report, row => row.CrossEntropyRecoveredOfZero);
            Share(lines, "  CE recovered of mean", all.CrossEntropyRecoveredOfMean, report, row => row.CrossEntropyRecoveredOfMean);
            Share(lines, "  KL recovered of zero", all.KlRecoveredOfZero, report, row => row.KlRecoveredOfZero);
            Share(lines, "  KL recovered of mean", all.KlRecoveredOfMean, report, row => row.KlRecoveredOfMean);
        }
    }

    public static void OutputScore(EvaluationLines lines, OutputScoreReport report, double seconds)
    {
        lines.Heading($"");
        lines.Heading($"p99 of each of {report.Features:N0} kept features injected at {report.Columns:N0} columns, one at a time: {seconds:F1} s");
        lines.Number("output score", report.MedianScore, "nats a code, median over features of KL(logits ‖ logits with it) at that column");
        lines.Number("  random directions", report.MedianRandomScore, "of the same norms");
        lines.Share("  above its random one", report.AboveRandom, "of the features");
        lines.Number("  |Δ logit|", report.MedianLogitChange, FormattableString.Invariant($"median over features; random directions {report.MedianRandomLogitChange:F4}"));
    }

    public static void Stability(EvaluationLines lines, StabilityReport report, string second)
    {
        lines.Heading($"");
        lines.Number("stability", report.Alive.Median, $"median of the best decoder cosine with a feature of {second} ({Count(report.Alive.Features)} features that fire)");
        lines.Number("  random directions", report.Chance.Median, "the same median");
        lines.Share("  above 0.7", report.Alive.Above07, "of the features");
        lines.Share("  above 0.9", report.Alive.Above09, "of the features");
    }

    private static void Share(EvaluationLines lines, string name, RecoveredShare share, RecoveryReport report, Func<RecoveryRow, RecoveredShare> of)
    {
        var interval = share is { Low: { } low, High: { } high } ? FormattableString.Invariant($"{low:F4} to {high:F4} in 95 % of draws of the clips; ") : "";
        var codebooks = report.Codebooks.Select(row => of(row).Value?.ToString("F4", CultureInfo.InvariantCulture) ?? "–");
        lines.Number(name, share.Value, $"{interval}by codebook {string.Join(", ", codebooks)}");
    }

    private static string Count(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
