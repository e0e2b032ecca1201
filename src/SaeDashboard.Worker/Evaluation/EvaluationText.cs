using System.Globalization;
using System.Text;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Evaluation.Directions;
using SaeDashboard.Sae.Evaluation.GroundTruth;
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
        lines.Share("dense", report.DenseFraction, "fire in more than 10% of columns");
        lines.Number("cosine", report.CosineMean, "mean of cos(x, x̂)");
        lines.Number("shrinkage", report.Shrinkage, "mean of ‖x̂‖ / ‖x‖");
        lines.Number("relative bias", report.RelativeReconstructionBias, "E‖x̂‖² / E[x·x̂]");
        lines.Line("kept by the filter", Count(report.KeptDefault), $"over 10% of p99 in 1–25% of clips ({Count(report.KeptAnyFrame)} over 0, as in the paper)");
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
            var condition = report.Condition == TextConditions.None ? "without text" : "with captions";
            lines.Number($"CE {condition}", all.CrossEntropy, FormattableString.Invariant($"nats a code, {all.Cells:N0} codes"));
            lines.Number("  by reconstruction", all.CrossEntropySae, FormattableString.Invariant($"nats a code; KL {all.KlSae:F4}"));
            lines.Number("  by zero", all.CrossEntropyZero, FormattableString.Invariant($"nats a code; KL {all.KlZero:F4}"));
            if (all.Pca is { } linear) lines.Number($"  by PCA of rank {Count(report.PcaRank ?? 0)}", linear.CrossEntropy, FormattableString.Invariant($"nats a code; KL {linear.Kl:F4}"));
            lines.Number("  by the mean", all.CrossEntropyMean, FormattableString.Invariant($"nats a code; KL {all.KlMean:F4}"));
            Share(lines, "  CE recovered of zero", all.CrossEntropyRecoveredOfZero, report, row => row.CrossEntropyRecoveredOfZero);
            Share(lines, "  CE recovered of mean", all.CrossEntropyRecoveredOfMean, report, row => row.CrossEntropyRecoveredOfMean);
            Share(lines, "  KL recovered of zero", all.KlRecoveredOfZero, report, row => row.KlRecoveredOfZero);
            Share(lines, "  KL recovered of mean", all.KlRecoveredOfMean, report, row => row.KlRecoveredOfMean);
            if (all.Pca is null) continue;
            Share(lines, "  CE by PCA, of mean", all.Pca.CrossEntropyRecoveredOfMean, report, row => row.Pca!.CrossEntropyRecoveredOfMean);
            Share(lines, "  KL by PCA, of mean", all.Pca.KlRecoveredOfMean, report, row => row.Pca!.KlRecoveredOfMean);
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
        var interval = share is { Low: { } low, High: { } high } ? FormattableString.Invariant($"{low:F4} to {high:F4} in 95% of draws of the clips; ") : "";
        var codebooks = report.Codebooks.Select(row => of(row).Value?.ToString("F4", CultureInfo.InvariantCulture) ?? "–");
        lines.Number(name, share.Value, $"{interval}by codebook {string.Join(", ", codebooks)}");
    }

    private static string Count(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>Lines of a name, a number and what it means, one under the other.</summary>
internal sealed class EvaluationLines
{
    private readonly StringBuilder text = new();

    /// <summary>A line of its own.</summary>
    public void Heading(FormattableString line) => text.AppendLine(FormattableString.Invariant(line));

    /// <summary>A number of four decimals; "–" where it is undefined.</summary>
    public void Number(string name, double? value, string meaning) => Line(name, value?.ToString("F4", CultureInfo.InvariantCulture) ?? "–", meaning);

    /// <summary>A number as it is written.</summary>
    public void Line(string name, string value, string meaning) => text.AppendLine(CultureInfo.InvariantCulture, $"{name,-24} {value,7}  {meaning}");

    /// <summary>A share of 1 in per cent.</summary>
    public void Share(string name, double? value, string meaning) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"{name,-24} {(value is { } v ? (100 * v).ToString("F2", CultureInfo.InvariantCulture) : "–"),6} %  {meaning}");

    public override string ToString() => text.ToString().TrimEnd();
}

/// <summary>A ground-truth report as tables that a person reads.</summary>
internal static class TruthText
{
    public static string Of(GroundTruthReport report)
    {
        var text = new StringBuilder();
        var constant = report.ConstantConcepts.ToHashSet();
        Add(text, $"against ground truth: chosen on {report.ChosenOn} ({report.ChosenOnClips:N0} clips), scored on {report.ScoredOn} ({report.ScoredOnClips:N0} clips)");
        Summaries(text, report.Summaries.Where(summary => !summary.Constant), "by");
        foreach (var level in Enum.GetValues<TruthLevel>()) Unmeasured(text, report, level);

        var features = report.Sets.First(set => set.Name == DirectionSet.Feature).Scores;
        text.AppendLine();
        Add(text, $"{"concept",-26} {"clips",-38} {"seconds",-38} frames");
        var cell = "feature lag AUROC (95%)       AP  prev.";
        Add(text, $"{"",-26} {cell,-38} {cell,-38} {cell}");
        foreach (var concept in features.GroupBy(score => score.Concept).Where(group => !constant.Contains(group.Key)))
        {
            var cells = Enum.GetValues<TruthLevel>().Select(level => Cell(concept.FirstOrDefault(score => score.Level == level)).PadRight(38));
            text.AppendLine($"{concept.Key,-26} {string.Join(' ', cells)}".TrimEnd());
        }

        var constants = features.Where(score => constant.Contains(score.Concept)).ToList();
        if (constants.Count == 0) return text.ToString().TrimEnd();
        text.AppendLine();
        Add(text, $"constant over a clip, by clips that have one of the same kind");
        Summaries(text, report.Summaries.Where(summary => summary.Constant), "constant");
        Add(text, $"{"concept",-26} {cell}   ridge probe AUROC");
        var probes = report.Sets.FirstOrDefault(set => set.Name == DirectionSet.RidgeProbe)?.Scores ?? [];
        foreach (var score in constants)
            Add(text, $"{score.Concept,-26} {Cell(score),-38} {probes.FirstOrDefault(other => other.Concept == score.Concept)?.Auroc,6:F3}");
        return text.ToString().TrimEnd();
    }

    private static void Summaries(StringBuilder text, IEnumerable<DirectionSummary> summaries, string word)
    {
        Add(text, $"{word,-10} {"direction",-28} {"concepts",8} {"≥ 0.95",7} {"≥ 0.9",6} {"≥ 0.8",6} {"median AUROC",13}");
        foreach (var line in summaries)
            Add(text, $"{Name(line.Level),-10} {line.Set,-28} {line.Concepts,8} {line.AtLeast95,7} {line.AtLeast90,6} {line.AtLeast80,6} {line.Median,13:F3}");
    }

    private static void Unmeasured(StringBuilder text, GroundTruthReport report, TruthLevel level)
    {
        var names = report.Unmeasured.Where(concept => concept.Level == level).Select(concept => $"{concept.Concept} ({concept.Reason}: {concept.PositiveClips})").ToList();
        if (names.Count > 0) Add(text, $"not measured by {Name(level)}: {string.Join(", ", names)}");
    }

    private static string Cell(DirectionScore? score) => score is null
        ? "–"
        : string.Create(CultureInfo.InvariantCulture,
            $"{score.Directions[0],7} {score.Lag,3} {score.Auroc:F3} ({score.Low:F2}–{score.High:F2}) {score.AveragePrecision:F3} {score.Prevalence:F3}");

    private static string Name(TruthLevel level) => level.ToString().ToLowerInvariant();

    private static void Add(StringBuilder text, FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
