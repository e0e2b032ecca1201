using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SaeDashboard.Core.Compute;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.Core.Runs;

/// <summary>
/// config.json of a whole run: collect → train → index, or a part of it. Written before the worker starts; a resume reads it again. Paths are absolute.
/// </summary>
public sealed record RunPlan
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>What it does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RunKind Kind { get; init; }

    /// <summary>The MusicGen folder.</summary>
    public required string ModelPath { get; init; }

    public required string DatasetPath { get; init; }

    /// <summary>The layer, counted from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Which of the layer's points is taken: the residual stream after it, or another of <see cref="SaeHook.Points"/>.</summary>
    public string Point { get; init; } = SaeHook.ResidualPost;

    /// <summary>The two together.</summary>
    [JsonIgnore]
    public SaeHook Hook => SaeHook.At(Layer, Point);

    /// <summary>none or caption.</summary>
    public string Condition { get; init; } = "none";

    public string Split { get; init; } = "sae-train";

    /// <summary>How many of the split's clips to collect; null: all.</summary>
    public int? Clips { get; init; }

    /// <summary>How activations are kept on disk: float32, bfloat16 or float16.</summary>
    public string Store { get; init; } = "float32";

    /// <summary>What the model, the trainer and the index compute on: cpu or cuda:0. A plan from before there were others says nothing: cpu.</summary>
    public string Device { get; init; } = ComputeNames.Cpu;

    /// <summary>What the model's weights are rounded to: float32, bfloat16 or, on a GPU, float16.</summary>
    [JsonPropertyName("dtype")]
    public string ComputeType { get; init; } = ComputeNames.Float32;

    /// <summary>The activation store: reused when it is there and was made of the same model, data, layer, condition and clips, in the same types.</summary>
    public required string ActivationsPath { get; init; }

    /// <summary>The SAE folder that the last stage renames into place, with its index inside; of <see cref="RunKind.Index"/> the one that is indexed.</summary>
    public required string SaePath { get; init; }

    /// <summary>
    /// The trainer's settings (docs/training-settings.md); members that are missing take its defaults, or, with <see cref="Fork"/>, what the
    /// other run was trained with.
    /// </summary>
    public JsonObject Train { get; init; } = [];

    /// <summary>The checkpoint that training begins with instead of random weights, or that is exported; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunFork? Fork { get; init; }

    /// <summary>What the runs of one sweep have in common; null: the run belongs to none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sweep { get; init; }
}
