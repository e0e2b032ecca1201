using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Evaluation.Directions;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Sae.Evaluation.Recovery;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>The parts of one evaluation, each measured, put into words and kept in the SAE's folder before the next begins.</summary>
/// <param name="subject">What is measured.</param>
/// <param name="sources">Where its activations come from.</param>
/// <param name="progress">Reports the progress.</param>
/// <param name="cancellation">Stops it; parts that are done stay kept.</param>
internal sealed class EvaluationRun(EvaluationSubject subject, EvaluationSources sources, ConsoleProgress progress, CancellationToken cancellation)
{
    private const string PcaSplit = "select";

    private readonly EvaluationFolder folder = new(subject);
    private readonly EvaluationLines lines = new();
    private bool writable = true;

    /// <summary>Where the parts are kept; null once that has failed.</summary>
    public string? Folder => writable ? folder.Path : null;

    /// <summary>What was measured, for a person.</summary>
    public string Text => lines.ToString();

    public ReconstructionReport Reconstruct()
    {
        var clock = Stopwatch.StartNew();
        // The principal components are fitted on `select`, so that on `test` they too meet clips they have not seen. `select` itself needs no second pass.
        var report = ReconstructionMeter.Measure(
            subject.Sae,
            sources.Of(subject.Split),
            subject.Split == PcaSplit ? null : sources.Of(PcaSplit),
            new MeterOptions { FirstColumn = EvaluationSubject.FirstColumn, FrameRate = subject.Model.Codec.FrameRate, PcaOfMeasuredSplit = true },
            progress.Clips("Evaluate: "),
            cancellation);
        EvaluationText.Reconstruction(lines, report, clock.Elapsed.TotalSeconds);
        var features = report.PerFeature;
        Put("reconstruction", report, ("column_density", features.ColumnDensity), ("clip_density", features.ClipDensity), ("p99", features.Percentile99), ("kept", [.. features.Kept.Select(kept => kept ? 1f : 0f)]));
        return report;
    }

    public CosineSummary CompareDirections(FeatureFigures features)
    {
        using var directions = subject.Sae.Directions();
        var cosines = DecoderCosines.Largest(directions);
        var summary = CosineSummary.Of(cosines, features.IsAlive);
        EvaluationText.DecoderCosine(lines, summary);
        Put("decoderCosine", summary, ("largest_cosine", cosines));
        return summary;
    }

    /// <param name="features">Of the SAE that is evaluated.</param>
    /// <param name="second">The other seed's.</param>
    /// <param name="name">What to call it.</param>
    public StabilityReport CompareSeeds(FeatureFigures features, SparseAutoencoder second, string name)
    {
        var (report, best) = StabilityReport.Of(subject.Sae, second, features.IsAlive);
        EvaluationText.Stability(lines, report, name);
        Put("stability", report, ("best_cosine", best));
        return report;
    }

    /// <summary>Null where no feature can be scored.</summary>
    public OutputScoreReport? ScoreOutputs(FeatureFigures features, int columns)
    {
        var clock = Stopwatch.StartNew();
        if (new OutputScoreMeasurement(subject, features, columns, progress, cancellation).Measure() is not { } scores) return null;
        EvaluationText.OutputScore(lines, scores.Report, clock.Elapsed.TotalSeconds);
        Put("outputScore", scores.Report, ("score", scores.Score), ("random_score", scores.RandomScore), ("logit_change", scores.LogitChange), ("random_logit_change", scores.RandomLogitChange));
        return scores.Report;
    }

    /// <param name="clips">How many of the split's clips.</param>
    public IReadOnlyList<RecoveryReport> Recover(int clips)
    {
        var clock = Stopwatch.StartNew();
        var reports = new RecoveryMeasurement(subject, subject.Spread(clips), progress, cancellation).Measure();
        EvaluationText.Recovery(lines, reports, subject.Site, clock.Elapsed.TotalSeconds);
        Put("recovery", reports);
        return reports;
    }

    public GroundTruthReport ScoreConcepts(TruthMeasure measure)
    {
        var report = measure.Run(subject.Sae, progress, cancellation);
        lines.Heading($"");
        lines.Heading($"{TruthText.Of(report)}");
        Put("groundTruth", report);
        return report;
    }

    // What was measured for minutes is printed even where it cannot be kept.
    private void Put(string name, object part, params (string Name, float[] Values)[] tensors)
    {
        if (!writable) return;
        try
        {
            folder.Put(name, part, tensors);
        }
        catch (UserException problem)
        {
            writable = false;
            progress.Note($"The figures are printed but not kept: {problem.Message}");
        }
    }
}
