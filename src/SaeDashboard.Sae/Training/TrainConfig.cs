using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Sae.Training;

/// <summary>The settings of a training run. The defaults are the default run: 1,638,400 columns, 2,048 latents, 32 active.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrainConfig
{
    public TrainArchitecture Architecture { get; init; } = TrainArchitecture.TopK;

    /// <summary>What computes a step; null: the fastest that has the architecture.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrainEngine? Engine { get; init; }

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

    /// <summary>The gradient is scaled down to this norm, taken over all weights together.</summary>
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
    public TrainEngine ChosenEngine() => Engine ?? (Architecture == TrainArchitecture.TopK ? TrainEngine.Sparse : TrainEngine.Autograd);

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
    /// <exception cref="UserException">Unreadable, a member nobody knows, or settings that cannot work (all of them are
    /// listed).</exception>
    public static TrainConfig Read(string path)
    {
        var config = JsonFile.Read<TrainConfig>(path);
        return config.Problems() is { Count: > 0 } problems ? throw Refusal(path, problems) : config;
    }

    /// <summary>Throws when the settings cannot work, or not with columns of this width.</summary>
    /// <exception cref="UserException">Lists every problem.</exception>
    public void Validate(int width)
    {
        var problems = Problems();
        if (K > width)
            problems.Add($"k ({K}) is larger than the width of the activations ({width})");
        if (problems.Count > 0)
            throw Refusal("The training settings", problems);
    }

    private const double DefaultGatedSparsity = 0.17, DefaultReluSparsity = 0.12, DefaultSparsityWarmUp = 0.1;

    private static UserException Refusal(string what, List<string> problems) =>
        new($"{what} cannot be used:\n  " + string.Join("\n  ", problems));

    private List<string> Problems()
    {
        var problems = new List<string>();
        void Need(bool holds, string name, object value, string rule)
        {
            if (!holds)
                problems.Add(FormattableString.Invariant($"\"{name}\" is {value}: {rule}"));
        }

        var penalised = Architecture is TrainArchitecture.JumpRelu or TrainArchitecture.Gated or TrainArchitecture.Relu;
        var jump = Architecture == TrainArchitecture.JumpRelu;
        void NeedOnlyIf(bool belongs, string name, double? value, bool holds, string rule)
        {
            if (value is not { } given)
                return;
            if (belongs)
                Need(holds, name, given, rule);
            else
                problems.Add($"\"{name}\" does not belong to architecture {JsonNamingPolicy.CamelCase.ConvertName(Architecture.ToString())}: leave it out");
        }

        Need(Enum.IsDefined(Architecture), "architecture", Architecture, "one of topK, batchTopK, matryoshka, jumpRelu, gated, relu");
        Need(Engine is null or TrainEngine.Autograd || Architecture == TrainArchitecture.TopK, "engine", Engine ?? 0, "sparse makes topK only; leave it out, or say autograd");
        NeedOnlyIf(penalised, "sparsityCoefficient", SparsityCoefficient, SparsityCoefficient > 0 && double.IsFinite(SparsityCoefficient.Value), "above 0");
        NeedOnlyIf(penalised, "sparsityWarmUp", SparsityWarmUp, SparsityWarmUp is >= 0 and <= 1, "a share from 0 to 1");
        NeedOnlyIf(jump, "bandwidth", Bandwidth, Bandwidth is > 0 and <= 1, "above 0, at most 1");
        NeedOnlyIf(jump, "thresholdLearningRate", ThresholdLearningRate, ThresholdLearningRate is > 0 and < 1, "between 0 and 1");
        Need(Architecture != TrainArchitecture.Matryoshka || Latents >= 32, "latents", Latents, "at least 32, of which the smallest prefix of matryoshka is one");
        Need(Latents is >= 1 and <= 1 << 24, "latents", Latents, "from 1 to 16,777,216");
        Need(K >= 1 && K <= Latents, "k", K, "from 1 to the number of latents");
        Need(Batch is >= 2 and <= 1 << 20, "batch", Batch, "from 2 to 1,048,576 columns");
        Need(Steps >= 1, "steps", Steps, "at least 1");
        Need(LearningRate is > 0 and < 1, "learningRate", LearningRate, "between 0 and 1");
        Need(Beta1 is >= 0 and < 1, "beta1", Beta1, "from 0 to below 1");
        Need(Beta2 is >= 0 and < 1, "beta2", Beta2, "from 0 to below 1");
        Need(Epsilon is > 0 and < 1, "epsilon", Epsilon, "between 0 and 1");
        Need(WarmUp is >= 0 and <= 1, "warmUp", WarmUp, "a share from 0 to 1");
        Need(Decay is >= 0 and <= 1, "decay", Decay, "a share from 0 to 1");
        Need(WarmUp + Decay <= 1, "decay", Decay, "together with warmUp at most 1");
        Need(ClipNorm > 0, "clipNorm", ClipNorm, "above 0");
        Need(AuxCoefficient >= 0, "auxCoefficient", AuxCoefficient, "0 or more");
        Need(DeadWindow is null or >= 1, "deadWindow", DeadWindow ?? 0, "at least 1 column, or null");
        Need(HeldOut is >= 0 and <= 0.5, "heldOut", HeldOut, "a share from 0 to 0.5");
        Need(ScaleSamples >= 2, "scaleSamples", ScaleSamples, "at least 2 columns");
        Need(MedianSamples >= 1, "medianSamples", MedianSamples, "at least 1 column");
        Need(ShuffleMegabytes is >= 1 and <= 1 << 20, "shuffleMegabytes", ShuffleMegabytes, "from 1 to 1,048,576");
        Need(Threads is >= 0 and <= 1024, "threads", Threads, "from 0 to 1024");
        Need(Checkpoints >= 0, "checkpoints", Checkpoints, "0 or more");
        Need(Evaluations >= 0, "evaluations", Evaluations, "0 or more");
        Need(Histograms >= 0, "histograms", Histograms, "0 or more");
        return problems;
    }
}
