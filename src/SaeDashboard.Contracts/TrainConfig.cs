using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>The kinds of SAE that the trainer makes; <see cref="TrainArchitectures"/> has their names and what each of them needs.</summary>
public enum TrainArchitecture
{
    /// <summary>The k largest pre-activations of each column.</summary>
    TopK,

    /// <summary>The k·B largest of a batch of B columns; columns that need more latents get more.</summary>
    BatchTopK,

    /// <summary>BatchTopK whose first latents must also reconstruct alone: general features come first.</summary>
    Matryoshka,

    /// <summary>A threshold per latent, learned with a penalty that aims at k active latents.</summary>
    JumpRelu,

    /// <summary>One path decides which latents are active, another how much.</summary>
    Gated,

    /// <summary>ReLU with an L1 penalty.</summary>
    Relu,
}

/// <summary>What computes a training step.</summary>
public enum TrainEngine
{
    /// <summary>By hand over the active latents alone, and fast, on CPUs: TopK, BatchTopK, Matryoshka, JumpReLU.</summary>
    Sparse,

    /// <summary>Dense, by automatic differentiation, on a CPU or a GPU: every architecture; the reference for the other.</summary>
    Autograd,
}

/// <summary>How the sparse engine finds the latents that may be active.</summary>
public enum TrainCandidates
{
    /// <summary>By the product in float32: exact.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>
    /// By the product in bfloat16; what it chooses, more than is needed, is computed again in float32. Meant for processors that
    /// multiply bfloat16, correct everywhere. Fewer than one latent in a thousand is missed (held by a test), and its neighbour taken.
    /// </summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,
}

/// <summary>
/// The settings of a training run. The defaults are the default run: 1,638,400 columns, 2,048 latents, 32 active. Each setting's
/// <see cref="TrainSettingAttribute"/> states its name, meaning, unit and limits, for the trainer, the site and the documentation;
/// <see cref="TrainRules"/> has the rules that look at several settings.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TrainConfig
{
    [TrainSetting("architecture", "The kind of SAE (decision 0014).", Hint = "Decides which features are active.", FixedInFork = true)]
    public TrainArchitecture Architecture { get; init; } = TrainArchitecture.TopK;

    [TrainSetting("engine", "What computes a step. sparse runs on CPUs only, autograd on a CPU or a GPU. null: on a CPU sparse if it supports the architecture, otherwise autograd; on a GPU autograd (decision 0021).", Hint = "What computes a step: sparse on CPUs, autograd on a CPU or a GPU. Blank: sparse on a CPU where it supports the architecture, otherwise autograd.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrainEngine? Engine { get; init; }

    [TrainSetting("candidates", "What the encoder's product is computed in. bfloat16: it only finds candidates, whose pre-activations are computed again in float32. Faster on processors with bfloat16 products; rarely, a latent near the cut is missed. null: float32.", Hint = "Number type in which the sparse engine looks for active features. bfloat16 is faster on processors that multiply it; rarely, a feature near the cut is missed. Blank: float32.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrainCandidates? Candidates { get; init; }

    [TrainSetting("latents", "Number of latents in the dictionary, F.", Hint = "Dictionary size. Larger: finer features, and more dead ones.", Min = 1, Max = 1 << 24, FixedInFork = true)]
    public int Latents { get; init; } = 2048;

    [TrainSetting("k", "Latents kept in a column (topK), or in a column on average (batchTopK, matryoshka); the number jumpRelu's penalty aims at. gated and relu do not use it.", Unit = "latents active", Hint = "Active features per column. Lower: easier to interpret; higher: better reconstruction.")]
    public int K { get; init; } = 32;

    [TrainSetting("batch", "Columns per step.", Unit = "columns per step", Hint = "Columns per step. Larger: smoother gradients, slower steps.", Min = 2, Max = 1 << 20, Counts = "columns")]
    public int Batch { get; init; } = 1024;

    [TrainSetting("steps", "Total number of steps; a fork counts those of the run it comes from.", Hint = "Number of training steps.", Min = 1)]
    public long Steps { get; init; } = 1600;

    [TrainSetting("learning rate", "Adam's step size after the warm-up.", Hint = "Step size of Adam. Too high diverges; too low converges slowly.", Above = 0, Below = 1)]
    public double LearningRate { get; init; } = 1e-3;

    [TrainSetting("beta1", "Adam's decay rate for the mean of gradients.", Min = 0, Below = 1)]
    public double Beta1 { get; init; } = 0.9;

    [TrainSetting("beta2", "Adam's decay rate for the mean of squared gradients.", Min = 0, Below = 1)]
    public double Beta2 { get; init; } = 0.999;

    [TrainSetting("epsilon", "Added to the denominator in Adam.", Min = 1.2e-38, MinNote = "float32 rounds smaller ones to 0", Below = 1)]
    public double Epsilon { get; init; } = 1e-8;

    [TrainSetting("warm-up", "Share of the steps in which the learning rate rises from 0, at most 1,000 steps.", Unit = "share of the steps", Min = 0, Max = 1)]
    public double WarmUp { get; init; } = 0.05;

    [TrainSetting("decay", "Share of the steps at the end in which the learning rate falls to 0.", Unit = "share of the steps", Min = 0, Max = 1)]
    public double Decay { get; init; } = 0.2;

    [TrainSetting("gradient's largest norm", "Largest gradient norm. If the previous step's norm over all weights was larger, the gradient is scaled by clipNorm over that norm (decision 0016).", Hint = "A larger gradient is scaled down to this norm.", Above = 0)]
    public double ClipNorm { get; init; } = 1;

    [TrainSetting("AuxK coefficient", "Weight of the auxiliary loss for dead latents (AuxK); 0 turns it off.", Min = 0)]
    public double AuxCoefficient { get; init; } = 1.0 / 32;

    [TrainSetting("sparsity coefficient", "Weight of the sparsity penalty: λ of gated and relu, c of jumpRelu; the others have none. null: 1 (jumpRelu), 0.17 (gated), 0.12 (relu).", Hint = "Weight of the sparsity penalty. Larger: fewer active features. Blank: 1 (JumpReLU), 0.17 (Gated), 0.12 (ReLU with L1).", Above = 0)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? SparsityCoefficient { get; init; }

    [TrainSetting("sparsity warm-up", "Share of the steps in which the sparsity coefficient rises from 0; same architectures. null: 0.1.", Hint = "Share of the steps in which the sparsity coefficient rises from 0. Blank: 0.1.", Unit = "share of the steps", Min = 0, Max = 1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? SparsityWarmUp { get; init; }

    [TrainSetting("bandwidth", "jumpRelu only: width ε of the window around a threshold in which pre-activations change it. null: 0.05.", Hint = "Width of the window around a threshold in which pre-activations change it. Blank: 0.05.", Above = 0, Max = 1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Bandwidth { get; init; }

    [TrainSetting("learning rate of thresholds", "jumpRelu only: Adam's step size for thresholds. null: 0.3 times that of the weights.", Hint = "Adam's step size for thresholds. Blank: 0.3 times the learning rate.", Above = 0, Below = 1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ThresholdLearningRate { get; init; }

    [TrainSetting("dead after", "A latent that has not been active for this many columns is dead. null: 10 % of the run's columns, at most 10 million.", Hint = "A feature that has not been active for this many columns is dead. Blank: 10 % of the columns of the run, at most 10 million.", Unit = "columns", Min = 1, Counts = "columns")]
    public long? DeadWindow { get; init; }

    [TrainSetting("held out", "Share of clips that are not trained on but used for evaluation during training.", Unit = "share of the clips", Min = 0, Max = 0.5, FixedInFork = true)]
    public double HeldOut { get; init; } = 0.02;

    [TrainSetting("columns for the scale", "Columns from which the input's mean and scale are estimated.", Min = 2, Counts = "columns")]
    public long ScaleSamples { get; init; } = 131_072;

    [TrainSetting("columns for the centre", "Columns whose geometric median is the initial b_dec.", Min = 1, Counts = "columns")]
    public int MedianSamples { get; init; } = 32_768;

    [TrainSetting("seed", "Initial weights, and the order of the columns that are in memory together.", Hint = "Same settings and seed: the same SAE.")]
    public int Seed { get; init; }

    [TrainSetting("data seed", "Which clips are held out, which columns the scale is estimated from, which columns are in memory together. Runs that differ only in `seed` can share one pass over the data.", Hint = "Which clips are held out, and which columns are in memory together.", FixedInFork = true)]
    public int DataSeed { get; init; }

    // What fits in the memory as a whole is read once and shuffled as a whole; of more, blocks are drawn at random into half of it while
    // the other half is used.
    [TrainSetting("shuffle memory", "Memory in MiB for the columns that are shuffled together (decision 0019).", Unit = "MiB", Hint = "Memory for the columns that are shuffled together.", Min = 1, Max = 1 << 20)]
    public int ShuffleMegabytes { get; init; } = 256;

    [TrainSetting("threads", "Threads; 0: as many as libtorch uses. With autograd, equal bits need equal threads.", Hint = "Threads of the trainer. 0: as many as libtorch uses.", Min = 0, Max = 1024, MayChangeOnResume = true)]
    public int Threads { get; init; }

    [TrainSetting("checkpoints", "Number of checkpoints that a run saves.", Min = 0, MayChangeOnResume = true)]
    public int Checkpoints { get; init; } = 10;

    [TrainSetting("evaluations", "Number of evaluations on the held-out clips. Every checkpoint is evaluated as well, unless this is 0.", Min = 0, MayChangeOnResume = true)]
    public int Evaluations { get; init; } = 20;

    [TrainSetting("histograms", "Number of histograms that a run writes.", Min = 0, MayChangeOnResume = true)]
    public int Histograms { get; init; } = 8;

    /// <summary>The window of <see cref="DeadWindow"/> in columns, for this run.</summary>
    public long DeadWindowColumns() => DeadWindow ?? Math.Max(1, Math.Min(10_000_000, Steps * Batch / 10));

    /// <summary>These settings with another's where they change only how a run is watched or how fast it goes (<see cref="TrainSetting.MayChangeOnResume"/>).</summary>
    public TrainConfig WatchedAs(TrainConfig other) => TrainSettings.Of(other, TrainSetting.All.Where(setting => setting.MayChangeOnResume)).Over(this);

    /// <summary>The engine that computes this run.</summary>
    /// <param name="onGpu">Whether it runs on a GPU: the sparse engine computes on CPUs alone.</param>
    public TrainEngine ChosenEngine(bool onGpu = false) =>
        Engine ?? (!onGpu && TrainArchitectures.Of(Architecture).HasSparseStep ? TrainEngine.Sparse : TrainEngine.Autograd);

    /// <summary>
    /// The weight of the sparsity term of a step, counted from 0. Without <see cref="SparsityCoefficient"/> it rises to 1 (JumpReLU) or to
    /// what leaves about 32 of 2,048 latents active in the shipped model's layer 4 (Gated, ReLU).
    /// </summary>
    public double SparsityWeight(long step)
    {
        var full = SparsityCoefficient ?? TrainArchitectures.Of(Architecture).DefaultSparsity;
        var warmUp = Math.Ceiling((SparsityWarmUp ?? DefaultSparsityWarmUp) * Steps);
        return step < warmUp ? full * (step + 1) / warmUp : full;
    }

    private const double DefaultSparsityWarmUp = 0.1;
}
