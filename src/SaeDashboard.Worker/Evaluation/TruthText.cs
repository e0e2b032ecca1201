using System.Globalization;
using System.Text;
using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Worker.Evaluation;

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
        var cell = "feature lag AUROC (95 %)      AP  prev.";
        Add(text, $"{"",-26} {cell,-38} {cell,-38} {cell}");
        foreach (var concept in features.GroupBy(score => score.Concept).Where(group => !constant.Contains(group.Key)))
        {
            var cells = Enum.GetValues<TruthLevel>().Select(level => Cell(concept.FirstOrDefault(score => score.Level == level)).PadRight(38));
            text.AppendLine($"{concept.Key,-26} {string.Join(' ', cells)}".TrimEnd());
        }

        var constants = features.Where(score => constant.Contains(score.Concept)).ToList();
        if (constants.Count == 0) return text.ToString().TrimEnd();
        text.AppendLine();
        Add(text, $"constant over a clip, by clips where one of the same kind stands");
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
