using SaeDashboard.Core.Runs;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>Reports a run's progress: metrics.jsonl, histograms.jsonl, status.json and the caller's progress.</summary>
internal sealed class TrainingMonitor(
    TrainConfig config, RunFolder run, long firstStep, ForkOrigin? origin, IProgress<TrainProgress>? progress)
{
    /// <summary>The least number of points of a curve, for a run of at least as many steps.</summary>
    private const int MinPoints = 30;

    /// <summary>The number of points of a long run's curve, and the least time between two.</summary>
    private const int MaxPoints = 400;
    private const double SecondsBetween = 0.1;

    /// <summary>Histogram bins of a tenth of a decade of the firing frequency, from 1e-7 to 1.</summary>
    private const int BinsPerDecade = 10, HistogramBins = 7 * BinsPerDecade;

    private readonly ProgressEstimator estimator = new(config.Steps * config.Batch, firstStep * config.Batch);
    private readonly long minInterval = Math.Max(1, config.Steps / MinPoints);
    private readonly long maxInterval = Math.Max(1, config.Steps / MaxPoints);
    private double lastLineAt = double.NegativeInfinity;

    /// <summary>Recent throughput, columns/s.</summary>
    public double Rate => estimator.Rate;

    public double? EtaSeconds => estimator.EtaSeconds;

    public double Seconds => estimator.ElapsedSeconds;

    /// <summary>After each step.</summary>
    public void Step(TrainingState state, StepOutcome outcome, double gradientNorm, double learningRate, double waitShare)
    {
        estimator.Update(state.Step * config.Batch);
        run.Report(SaeTrainer.Stage, RunState.Running, state.Step, config.Steps, Rate, EtaSeconds);
        var required = state.Step % minInterval == 0 || state.Step == config.Steps;
        if (!required && (state.Step % maxInterval != 0 || Seconds - lastLineAt < SecondsBetween))
            return;

        lastLineAt = Seconds;
        var deadShare = (double)outcome.Dead / config.Latents;
        var norms = DecoderNorms(state);
        run.Metric(new
        {
            state.Step,
            Columns = Columns(state),
            Loss = outcome.ReconstructionLoss + config.AuxCoefficient * outcome.AuxLoss + outcome.ExtraLoss,
            outcome.ReconstructionLoss,
            outcome.AuxLoss,
            outcome.ExtraLoss,
            outcome.ExplainedVariance,
            Fvu = 1 - outcome.ExplainedVariance,
            outcome.L0,
            DeadShare = deadShare,
            GradientNorm = gradientNorm,
            LearningRate = learningRate,
            DecoderNormMinimum = norms.Minimum,
            DecoderNormMaximum = norms.Maximum,
            TokensPerSecond = Rate,
            WaitShare = waitShare,
            Seconds,
        });
        if (Threshold(state) is { } threshold)
            run.Metric(new { state.Step, Columns = Columns(state), Threshold = threshold });
        progress?.Report(new TrainProgress(
            state.Step, config.Steps, outcome.ReconstructionLoss, outcome.ExplainedVariance, deadShare, Rate, EtaSeconds));
    }

    /// <summary>After an evaluation on the held-out clips.</summary>
    public void HeldOut(TrainingState state, HeldOutMeasure measure) => run.Metric(new
    {
        state.Step,
        Columns = Columns(state),
        HeldOutLoss = measure.Loss,
        HeldOutExplainedVariance = measure.ExplainedVariance,
        HeldOutFvu = 1 - measure.ExplainedVariance,
        HeldOutL0 = measure.L0,
        HeldOutColumns = measure.Columns,
    });

    /// <summary>Writes the histogram of firing frequencies since the last one, and restarts the counts.</summary>
    public void Histogram(TrainingState state)
    {
        var counts = new int[HistogramBins];
        var silent = 0;
        foreach (var active in state.ActiveCounts)
        {
            if (active == 0)
                silent++;
            else
                counts[Math.Clamp((int)Math.Floor((Math.Log10((double)active / state.CountedColumns) + 7) * BinsPerDecade), 0, HistogramBins - 1)]++;
        }
        run.Histogram(new
        {
            state.Step,
            Kind = "density",
            Log10From = -7.0,
            Log10To = 0.0,
            Counts = counts,
            Silent = silent,
            Columns = state.CountedColumns,
        });
        state.RestartCounts();
    }

    private long Columns(TrainingState state) => ForkOrigin.ColumnsAt(origin, config, state.Step);

    /// <summary>The mean threshold over the latents; null for an architecture without thresholds.</summary>
    private static double? Threshold(TrainingState state)
    {
        if (state.Extra.FirstOrDefault(tensor => tensor.Name == "threshold") is not { } learned)
            return state.Threshold.Count > 0 ? state.Threshold.Value : null;
        return TensorData.ToArray(learned.Value).Average(threshold => (double)threshold);
    }

    private static unsafe (double Minimum, double Maximum) DecoderNorms(TrainingState state)
    {
        if (!state.Decoder.InHostMemory)
        {
            using var scope = NewDisposeScope();
            var norms = state.Decoder.Value.norm(1);
            return (norms.min().item<float>(), norms.max().item<float>());
        }
        var (minimum, maximum) = (double.PositiveInfinity, 0.0);
        var rows = state.Decoder.ValueStart;
        for (var j = 0; j < state.Latents; j++)
        {
            var row = rows + (long)j * state.Width;
            var norm = Math.Sqrt(RowKernels.Dot(row, row, state.Width));
            (minimum, maximum) = (Math.Min(minimum, norm), Math.Max(maximum, norm));
        }
        return (minimum, maximum);
    }
}
