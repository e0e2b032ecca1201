using SaeDashboard.Core.Features;

namespace SaeDashboard.Core.Runs;

/// <summary>
/// Estimates rate and remaining time. The rate is the mean of the recent rates, weighted by e^(−age / 10 s), so that a slow start is soon
/// forgotten and one slow step changes it little.
/// </summary>
public sealed class ProgressEstimator
{
    private const double MemorySeconds = 10;

    // Rates over shorter intervals are noise.
    private const double ShortestSeconds = 0.05;

    private readonly TimeProvider clock;
    private readonly long startStamp;
    private long lastStamp;
    private double lastDone;
    private double weightedDone;
    private double weightedSeconds;

    /// <param name="total">Units in all; 0: not known.</param>
    /// <param name="done">Units done at the start: above 0 when resumed.</param>
    /// <param name="clock">The clock; null: the system's.</param>
    public ProgressEstimator(double total, double done = 0, TimeProvider? clock = null)
    {
        this.clock = clock ?? TimeProvider.System;
        Total = total;
        lastDone = done;
        Done = done;
        startStamp = lastStamp = this.clock.GetTimestamp();
    }

    public double Total { get; }

    /// <summary>The value of the last <see cref="Update"/>.</summary>
    public double Done { get; private set; }

    public double ElapsedSeconds => clock.GetElapsedTime(startStamp).TotalSeconds;

    /// <summary>Units per second; 0 before the first measurement.</summary>
    public double Rate => weightedSeconds > 0 ? weightedDone / weightedSeconds : 0;

    /// <summary>Seconds remaining; null without a rate or a total.</summary>
    public double? EtaSeconds => Total > 0 && Rate > 0 ? Math.Max(0, Total - Done) / Rate : null;

    /// <summary>Sets how much is done in all.</summary>
    public void Update(double done)
    {
        Done = done;
        var stamp = clock.GetTimestamp();
        var seconds = clock.GetElapsedTime(lastStamp, stamp).TotalSeconds;
        if (seconds < ShortestSeconds) return;
        var kept = Math.Exp(-seconds / MemorySeconds);
        weightedDone = weightedDone * kept + (done - lastDone);
        weightedSeconds = weightedSeconds * kept + seconds;
        (lastStamp, lastDone) = (stamp, done);
    }
}

/// <summary>
/// Estimates the time of a run's stages before anything is measured, from the default run on two CPU cores: multiplications divided by the
/// multiplications per second measured there. Right within a factor of two on other machines; divide by the machine's speed if known.
/// </summary>
public static class StageRates
{
    // A training step with hand-written gradients, and one with automatic differentiation.
    private const double ByHand = 1, Differentiated = 5;

    // 10,400 columns a second through 5 layers of width 256; 63,000 columns a second trained on, 50,000 indexed, of 256 × 2,048.
    private const double Model = 10_400.0 * 5 * 256 * 256, Sae = 256.0 * 2048;
    private const double TrainColumns = 63_000, IndexColumns = 50_000;

    // Frames a second that the codec decodes and that are measured for the descriptors of an index; features a second that are measured and mapped at
    // its end. A larger codec is slower: a stage that runs learns that from its first clips.
    private const double DescribedFrames = 3_000, FinishedFeatures = 300;

    // Passes of an evaluation, the products of the reconstruction among them, and what the logits of a column take.
    private const double PassesUpTo = 3.3, PassesFrom = 5, LogitsInLayers = 0.75;

    /// <summary>Seconds for running columns through the model up to and with a layer; work grows with layers · width².</summary>
    public static double Collect(long columns, int layer, int width) => Passes(columns, layer + 1.0, width);

    /// <summary>Seconds of training on columns, by the cost of a step.</summary>
    public static double Train(long columns, int latents, int width, double stepCost) => stepCost * columns / TrainColumns * Share(latents, width);

    /// <summary>The time of a training step relative to TopK of the same size: a rough estimate for every size and machine.</summary>
    /// <param name="bySparseEngine">Whether its gradients are hand-written.</param>
    public static double StepCost(bool bySparseEngine) => bySparseEngine ? ByHand : Differentiated;

    /// <summary>Seconds for encoding columns with the SAE and gathering what fires.</summary>
    public static double Index(long columns, int latents, int width) => columns / IndexColumns * Share(latents, width);

    /// <summary>Seconds for decoding and measuring an excerpt of each clip that an index describes.</summary>
    /// <param name="clips">Clips that features are measured on.</param>
    /// <param name="frames">Frames of a clip.</param>
    public static double Describe(long clips, long frames) => clips * Math.Min(frames, SoundDescriptors.ExcerptFrames) / DescribedFrames;

    /// <summary>Seconds for what an index does after its last clip: measuring one feature after the other, and the map.</summary>
    public static double Finish(int latents) => latents / FinishedFeatures;

    /// <summary>Seconds for choosing the clips that names are tested on: every column is encoded, and its margins are looked at, which takes as long again.</summary>
    /// <param name="columns">Columns of the clips that labels are made from and tested on.</param>
    /// <param name="stored">Those of them whose activations are kept: the model computes the others.</param>
    /// <param name="layer">The layer that the SAE reads.</param>
    /// <param name="latents">Latents.</param>
    /// <param name="width">Their width.</param>
    public static double Detection(long columns, long stored, int layer, int latents, int width) => Collect(columns - stored, layer, width) + 2 * Index(columns, latents, width);

    /// <summary>Seconds for generating, hearing and reading clips of a ladder, and for hearing clips of the dataset. On the demo a column of 32 clips took 37 ms and a frame 0.8 ms.</summary>
    /// <param name="clips">Clips to generate.</param>
    /// <param name="reference">Clips of the dataset.</param>
    /// <param name="frames">Frames of a clip.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="width">Their width.</param>
    public static double Ladder(double clips, int reference, int frames, int layers, int width)
    {
        const double generatedColumns = 860.0 * 8 * 256 * 256, heardFrames = 1250, referenceFrames = 2000;
        return clips * frames * (layers * (double)width * width / generatedColumns + 1 / heardFrames) + reference * frames / referenceFrames;
    }

    /// <summary>
    /// Seconds for an evaluation of columns: three passes up to the layer, for the reconstruction, the mean and the logits, and five from there to the
    /// logits. On the demo it took 31.3 s of processor time where collecting as many columns took 4.4.
    /// </summary>
    public static double Evaluate(long columns, int layer, int layers, int width) =>
        Passes(columns, PassesUpTo * (layer + 1.0) + PassesFrom * (Math.Max(0, layers - 1 - layer) + LogitsInLayers), width);

    /// <summary>The speed of a machine from its columns per second in training, relative to the two cores.</summary>
    public static double Speed(double columnsPerSecond, int latents, int width) => columnsPerSecond / TrainColumns * Share(latents, width);

    private static double Passes(long columns, double layers, int width) => columns * layers * width * width / Model;

    private static double Share(int latents, int width) => (double)latents * width / Sae;
}
