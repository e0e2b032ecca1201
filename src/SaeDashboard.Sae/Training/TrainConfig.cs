using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Sae.Training.Sparse;

namespace SaeDashboard.Sae.Training;

/// <summary>The settings of a training run. The defaults are the default run: 1,638,400 columns, 2,048 latents, 32 active.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrainConfig
{
    public TrainArchitecture Architecture { get; init; } = TrainArchitecture.TopK;

    /// <summary>What computes a step; null: the fastest that has the architecture on the run's device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrainEngine? Engine { get; init; }

    /// <summary>How the sparse engine finds active latents; null: <see cref="TrainCandidates.Float32"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrainCandidates? Candidates { get; init; }

    /// <summary>Latents F.</summary>
    public int Latents { get; init; } = 2048;

    /// <summary>
    /// Latents kept in a column (TopK), or in a column on average (BatchTopK, Matryoshka); the number that JumpReLU's penalty aims at.
    /// Gated and ReLU do not have it: <see cref="SparsityCoefficient"/> alone says how sparse they become.
    /// </summary>
    public int K { get; init; } = 32;

    /// <summary>Columns a step.</summary>
    public int Batch { get; init; } = 1024;

    public long Steps { get; init; } = 1600;

    /// <summary>Adam's step size after the warm-up.</summary>
    public double LearningRate { get; init; } = 1e-3;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The share of the steps in which the learning rate rises from 0, but at most 1,000 steps.</summary>
    public double WarmUp { get; init; } = 0.05;

    /// <summary>The share of the steps, at the end, in which it falls to 0.</summary>
    public double Decay { get; init; } = 0.2;

    /// <summary>The gradient is scaled down so that the one of the step before would have this norm, taken over all weights together.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Weight of the loss by which dead latents learn (AuxK).</summary>
    public double AuxCoefficient { get; init; } = 1.0 / 32;

    /// <summary>
    /// Weight of what makes latents sparse: λ of Gated and ReLU, c of JumpReLU. Null: <see cref="SparsityWeight"/>'s. The other
    /// architectures have none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? SparsityCoefficient { get; init; }

    /// <summary>The share of the steps in which that weight rises from 0; null: 0.1. Same architectures.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? SparsityWarmUp { get; init; }

    /// <summary>JumpReLU's ε, the width of the window around a threshold in which a pre-activation moves it; null: 0.05.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Bandwidth { get; init; }

    /// <summary>Adam's step size for JumpReLU's thresholds; null: 0.3 times that of the weights.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ThresholdLearningRate { get; init; }

    /// <summary>A latent is dead that has not been active for this many columns; null: 10 % of the run's, but at most 10 million.</summary>
    public long? DeadWindow { get; init; }

    /// <summary>The share of clips never trained on, for the running evaluation.</summary>
    public double HeldOut { get; init; } = 0.02;

    /// <summary>Columns from which the input's mean and scale are estimated.</summary>
    public long ScaleSamples { get; init; } = 131_072;

    /// <summary>Columns whose geometric median b_dec starts at.</summary>
    public int MedianSamples { get; init; } = 32_768;

    /// <summary>The weights at the start, and the order of the columns that are in memory together.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// Which clips are held out, from which columns the scale is estimated, and which columns come into memory together. Runs that differ in
    /// <see cref="Seed"/> alone can therefore share one reading.
    /// </summary>
    public int DataSeed { get; init; }

    /// <summary>
    /// Memory in MiB for the columns that are shuffled together. What fits as a whole is read once and shuffled as a whole; of more, blocks
    /// are drawn at random into half of it while the other half is used.
    /// </summary>
    public int ShuffleMegabytes { get; init; } = 256;

    /// <summary>
    /// Threads that compute; 0: as many as libtorch has. The sparse engine's result does not depend on it, the last bits of the other's may.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>How many times a run saves its state.</summary>
    public int Checkpoints { get; init; } = 10;

    /// <summary>How many times a run measures itself on the held-out clips.</summary>
    public int Evaluations { get; init; } = 20;

    /// <summary>How many times a run writes the histogram of its latents' densities.</summary>
    public int Histograms { get; init; } = 8;

    /// <summary>The window of <see cref="DeadWindow"/> in columns, for this run.</summary>
    public long DeadWindowColumns() => DeadWindow ?? Math.Max(1, Math.Min(10_000_000, Steps * Batch / 10));

    /// <summary>The engine that computes this run.</summary>
    /// <param name="onGpu">Whether it runs on a GPU: the sparse engine computes on CPUs alone.</param>
    public TrainEngine ChosenEngine(bool onGpu = false) => Engine ?? (!onGpu && SparseEngine.Makes(Architecture) ? TrainEngine.Sparse : TrainEngine.Autograd);

    /// <summary>
    /// The weight of the sparsity term of a step, counted from 0. Without <see cref="SparsityCoefficient"/> it rises to 1 (JumpReLU) or to
    /// what leaves about 32 of 2,048 latents active in the shipped model's layer 4 (Gated, ReLU).
    /// </summary>
    public double SparsityWeight(long step)
    {
        var full = SparsityCoefficient ?? Architecture switch
        {
            TrainArchitecture.Gated => DefaultGatedSparsity,
            TrainArchitecture.Relu => DefaultReluSparsity,
            _ => 1,
        };
        var warmUp = Math.Ceiling((SparsityWarmUp ?? DefaultSparsityWarmUp) * Steps);
        return step < warmUp ? full * (step + 1) / warmUp : full;
    }

    /// <summary>Reads and validates a file.</summary>
    /// <param name="path">JSON with any of the members that docs/training-settings.md lists.</param>
    /// <param name="basis">Where missing members come from; null: the defaults.</param>
    /// <exception cref="UserException">Unreadable, members nobody knows, values of another kind, or settings that cannot work: all of
    /// them are listed.</exception>
    public static TrainConfig Read(string path, TrainConfig? basis = null) => TrainConfigJson.Read(WholeFile.Read(path), path, basis);

    /// <summary>Reads and validates settings that stand within another file.</summary>
    /// <param name="settings">An object of such members.</param>
    /// <param name="where">How errors name it.</param>
    /// <param name="basis">Where missing members come from; null: the defaults.</param>
    /// <exception cref="UserException">As for <see cref="Read(string, TrainConfig?)"/>.</exception>
    public static TrainConfig Read(JsonObject settings, string where, TrainConfig? basis = null) =>
        TrainConfigJson.Read(JsonSerializer.SerializeToUtf8Bytes(settings, JsonDefaults.Lines), where, basis);

    /// <summary>Throws when the settings cannot work, or not from this checkpoint, or not on this device.</summary>
    /// <param name="fork">The checkpoint it begins with; null: none.</param>
    /// <param name="gpu">The GPU it is to run on, such as "cuda:0"; null: the CPU.</param>
    /// <exception cref="UserException">Lists every problem.</exception>
    public void Validate(ForkPoint? fork = null, string? gpu = null)
    {
        var problems = this.Problems();
        if (gpu is not null)
            problems.AddRange(this.ProblemsOn(gpu));
        problems.AddRange(fork?.Problems(this) ?? []);
        if (problems.Count > 0)
            throw TrainConfigRules.Refusal("The training settings", problems);
    }

    private const double DefaultGatedSparsity = 0.17, DefaultReluSparsity = 0.12, DefaultSparsityWarmUp = 0.1;
}
