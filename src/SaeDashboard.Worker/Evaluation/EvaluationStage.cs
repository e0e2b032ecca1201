using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Features;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Runs;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>
/// The evaluation of a whole run's SAE: what <c>evaluate</c> measures of reconstruction, cross-entropy and KL, on a few clips and in the
/// condition that the SAE was trained in. The figures are kept in the SAE's folder, as that verb keeps them, and in the run's metrics.
/// </summary>
/// <param name="subject">What is measured; its clips are those that are measured.</param>
/// <param name="trained">What the SAE was trained on: PCA is fitted on the same.</param>
/// <param name="run">The run's folder.</param>
/// <param name="cancellation">Looked at between clips.</param>
internal sealed class EvaluationStage(EvaluationSubject subject, StoreActivationSource trained, RunFolder run, CancellationToken cancellation)
{
    // A clip of the last pass goes through the whole model, five times from the SAE's point on.
    private const int PassesBefore = 2, LastPass = 4;

    // Reading a clip and adding its products takes much less than running the model on it.
    private const double ReadShare = 0.05;

    private const string Recovery = "recovery";

    private double done;

    private double Total => (trained.ClipCount ?? 0) * ReadShare + subject.Clips.Count * (PassesBefore + LastPass);

    /// <summary>Measures, keeps and reports; what an earlier process measured of the same SAE is not measured again.</summary>
    public void Measure()
    {
        var folder = new EvaluationFolder(subject);
        if (folder.Has(Recovery))
        {
            run.Log("The SAE is evaluated already.");
            return;
        }
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Evaluates on {subject.Clips.Count:N0} clips of {subject.Split}."));
        var speed = new ProgressEstimator(Total);
        var log = new PeriodicLog(run);
        var clips = 0;
        var all = (trained.ClipCount ?? 0) + 3 * subject.Clips.Count;
        var report = new SynchronousProgress<ClipProgress>(p =>
        {
            done += p.Stage == "pca" ? ReadShare : p.Stage.StartsWith("cross-entropy", StringComparison.Ordinal) ? LastPass : 1;
            speed.Update(done);
            run.Report(StageName.Evaluate, RunState.Running, Math.Min(++clips, all - 1), all, 0, speed.EtaSeconds);
            log.Log(string.Create(CultureInfo.InvariantCulture, $"Evaluated {p.Clips:N0} of {p.Total:N0} clips ({p.Stage})."));
        });
        var options = new MeterOptions { FirstColumn = EvaluationSubject.FirstColumn, FrameRate = subject.Model.Codec.FrameRate, PcaRanks = [], PcaOfL0 = true };
        var source = new ModelActivationSource(subject.Model, subject.Dataset, subject.Clips, subject.Site, subject.Captions);
        var reconstruction = ReconstructionMeter.Measure(subject.Sae, source, trained, options, report, cancellation);
        var baseline = LinearBaseline.Of(reconstruction, subject.Sae.Config.DIn);
        var recovery = new RecoveryMeasurement(subject, subject.Clips, baseline, report, cancellation).Measure(subject.Captions);
        run.RequirePresent();
        folder.Put("reconstruction", reconstruction);
        var (overall, metrics) = (recovery.Overall, RunMetrics.Read(Path.Combine(run.Path, "metrics.jsonl")));
        run.Metric(new
        {
            step = Last(metrics, "step"),
            columns = Last(metrics, "columns"),
            ceRecovered = overall.CrossEntropyRecoveredOfMean.Value,
            klRecovered = overall.KlRecoveredOfMean.Value,
            pcaCeRecovered = overall.Pca?.CrossEntropyRecoveredOfMean.Value,
            pcaKlRecovered = overall.Pca?.KlRecoveredOfMean.Value,
            pcaRank = baseline?.Rank,
            testExplainedVariance = reconstruction.ExplainedVariance,
            pcaExplainedVariance = reconstruction.Pca.Count > 0 ? reconstruction.Pca[0].ExplainedVariance : (double?)null,
            // What the next run's estimate is made from.
            evaluationColumns = subject.Clips.Count * (long)subject.Dataset.Frames,
            evaluationSeconds = Math.Round(speed.ElapsedSeconds, 3),
        });
        // The last, so that a process that is killed before it measures again.
        folder.Put(Recovery, new[] { recovery });
        run.Log(string.Create(CultureInfo.InvariantCulture,
            $"CE recovered {overall.CrossEntropyRecoveredOfMean.Value:F4}, KL recovered {overall.KlRecoveredOfMean.Value:F4}; PCA of rank {baseline?.Rank}: {overall.Pca?.CrossEntropyRecoveredOfMean.Value:F4}, {overall.Pca?.KlRecoveredOfMean.Value:F4}."));
        run.Report(StageName.Evaluate, RunState.Done, all, all, 0, 0);
    }

    private static long Last(IReadOnlyList<JsonElement> lines, string name) => lines.Count > 0 && lines[^1].TryGetProperty(name, out var value) ? value.GetInt64() : 0;
}
