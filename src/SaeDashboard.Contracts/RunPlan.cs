using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>What a whole run does.</summary>
public enum RunKind
{
    /// <summary>Collects activations, trains an SAE, indexes its features.</summary>
    Train,

    /// <summary>Makes an SAE of a checkpoint of another run (<see cref="RunPlan.Fork"/>) and indexes its features.</summary>
    Export,

    /// <summary>Indexes the features of an SAE that is there (<see cref="RunPlan.SaePath"/>).</summary>
    Index,

    /// <summary>Chooses the clips that names of features are tested on, of an SAE that is there with its index.</summary>
    Detection,

    /// <summary>Makes a dataset (<see cref="RunPlan.DatasetPath"/>) of a folder of sounds (<see cref="RunPlan.Import"/>).</summary>
    Import,

    /// <summary>Measures strength ladders of features of an SAE that is there with its index (<see cref="RunPlan.Ladder"/>).</summary>
    Ladder,

    /// <summary>Measures the difference of means of two sets of clips (<see cref="RunPlan.Direction"/>).</summary>
    Direction,
}

/// <summary>Which strength ladders a run measures.</summary>
/// <param name="Features">The features, ascending.</param>
/// <param name="Into">The folder that gets them: that of the index, or another where that one cannot be written. Absolute.</param>
/// <param name="Seeds">Seeds of the prompt.</param>
/// <param name="Seconds">Length of a clip, seconds.</param>
/// <param name="ReferenceClips">Clips of the dataset that say what music is like.</param>
public sealed record RunLadder([property: JsonRequired] IReadOnlyList<int> Features, [property: JsonRequired] string Into, int Seeds = RunLadder.DefaultSeeds, double Seconds = 5, int ReferenceClips = 100)
{
    /// <summary>Seeds, unless another number is given.</summary>
    public const int DefaultSeeds = 8;
}

/// <summary>A set of clips of a dataset: those whose captions contain a text, or those of some ids. One of the two is given.</summary>
/// <param name="Caption">The text; upper and lower case are the same.</param>
/// <param name="Ids">The ids.</param>
public sealed record ClipSet(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Caption = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Ids = null);

/// <summary>Which difference of means a run measures, at the plan's point and condition. It is written to <see cref="FileName"/> in the run's folder.</summary>
/// <param name="Positive">The set that the direction leads to.</param>
/// <param name="Negative">The set that it leads from; null: all other clips.</param>
/// <param name="Clips">At most this many clips of each set, in the dataset's order.</param>
public sealed record RunDirection([property: JsonRequired] ClipSet Positive, ClipSet? Negative = null, int Clips = RunDirection.DefaultClips)
{
    /// <summary>Clips of each set, unless another number is given.</summary>
    public const int DefaultClips = 100;

    /// <summary>The file with the <see cref="TakeDirection"/>.</summary>
    public const string FileName = "direction.json";
}

/// <summary>Where a run that does not start from random weights starts.</summary>
/// <param name="RunPath">The folder of the run it comes from, absolute.</param>
/// <param name="Step">The step of one of that run's checkpoints; null: its newest.</param>
public sealed record RunFork([property: JsonRequired] string RunPath, long? Step = null)
{
    /// <summary>The member of a command-line run's config.json.</summary>
    public const string Member = "forkedFrom";
}

/// <summary>How a run measures its SAE before it indexes it: cross-entropy and KL recovered, next to PCA of as many directions.</summary>
/// <param name="Split">The split that it measures on: one that no SAE is trained on.</param>
/// <param name="Clips">How many of the split's clips, spread evenly over it.</param>
public sealed record RunEvaluation(string Split = "test", int Clips = 100);

/// <summary>
/// What a training run of the command line reads and makes: the member "commandLine" of its config.json, next to the training settings. The site
/// shows such a run but does not start or resume it.
/// </summary>
/// <param name="Model">The model folder's name.</param>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="Hook">The hook point, such as "layers.4.resid_post".</param>
/// <param name="Condition">What the decoder was conditioned on: "none" or "caption".</param>
/// <param name="Split">The split of the dataset.</param>
/// <param name="Clips">How many of its clips.</param>
/// <param name="ComputeType">What the model's weights were rounded to when the activations were computed.</param>
/// <param name="SaePath">The SAE folder that the run makes. Absolute.</param>
/// <param name="ActivationsPath">The activation store. Absolute; null when the model computes the columns as they are needed.</param>
/// <param name="Device">What the steps are computed on: "cpu", "cuda:0".</param>
public sealed record CommandLineRun(
    string Model, string Dataset, string Hook, string Condition, string Split, int Clips, string ComputeType, string SaePath, string? ActivationsPath, string Device)
{
    /// <summary>The member of config.json.</summary>
    public const string Member = "commandLine";
}

/// <summary>
/// config.json of a whole run: collect → train → (evaluate) → index, or a part of it. Written before the worker starts; a resume reads it again. Paths are absolute.
/// </summary>
public sealed record RunPlan
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>What it does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RunKind Kind { get; init; }

    /// <summary>The MusicGen folder.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The dataset's folder; of <see cref="RunKind.Import"/> the one that is made.</summary>
    public required string DatasetPath { get; init; }

    /// <summary>The layer, counted from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Which of the layer's points is taken: the residual stream after it, or another of <see cref="SaeHook.Points"/>.</summary>
    public string Point { get; init; } = SaeHook.ResidualPost;

    /// <summary>The two together.</summary>
    [JsonIgnore]
    public SaeHook Hook => SaeHook.At(Layer, Point);

    /// <summary>none or caption.</summary>
    public string Condition { get; init; } = TextConditions.None;

    public string Split { get; init; } = "sae-train";

    /// <summary>How many of the split's clips to collect; null: all.</summary>
    public int? Clips { get; init; }

    /// <summary>How activations are kept on disk: float32, bfloat16 or float16.</summary>
    public string Store { get; init; } = ComputeNames.Float32;

    /// <summary>What the model, the trainer and the index compute on: cpu or cuda:0. A plan from before there were others says nothing: cpu.</summary>
    public string Device { get; init; } = ComputeNames.Cpu;

    /// <summary>What the model's weights are rounded to: float32, bfloat16 or, on a GPU, float16.</summary>
    [JsonPropertyName("dtype")]
    public string ComputeType { get; init; } = ComputeNames.Float32;

    /// <summary>The activation store: reused when it is there and was made of the same model, data, layer, condition and clips, in the same types.</summary>
    public required string ActivationsPath { get; init; }

    /// <summary>The SAE folder that the last stage renames into place, with its index inside; of <see cref="RunKind.Index"/> the one that is indexed, of <see cref="RunKind.Direction"/> the one that the direction is for.</summary>
    public required string SaePath { get; init; }

    /// <summary>
    /// The trainer's settings that the plan names; those that are missing take the defaults, or, with <see cref="Fork"/>, what the other run
    /// was trained with.
    /// </summary>
    public TrainSettings Train { get; init; } = TrainSettings.None;

    /// <summary>The checkpoint that training begins with instead of random weights, or that is exported; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunFork? Fork { get; init; }

    /// <summary>How the SAE is evaluated; null: it is not. Plans from before there were evaluations have none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunEvaluation? Evaluation { get; init; }

    /// <summary>Whether the last stage also chooses the clips that names are tested on. Plans from before there was a choice: no.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Detection { get; init; }

    /// <summary>The ladders that a run of <see cref="RunKind.Ladder"/> measures; null: another kind of run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunLadder? Ladder { get; init; }

    /// <summary>The difference of means that a run of <see cref="RunKind.Direction"/> measures; null: another kind of run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunDirection? Direction { get; init; }

    /// <summary>What is imported, and how; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImportPlan? Import { get; init; }

    /// <summary>What the runs of one sweep have in common; null: the run belongs to none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sweep { get; init; }
}
