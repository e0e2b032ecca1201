
namespace SaeDashboard.Sae.Activations;

/// <summary>What a set of activations is of, and how its records are laid out: two sets with equal sources hold the same numbers.</summary>
public sealed record ActivationSource
{
    /// <summary>The model folder's name.</summary>
    public required string Model { get; init; }

    /// <summary>SHA-256 of the model's weights.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The data set's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>SHA-256 of the data set.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>The data set's split that was read.</summary>
    public required string Split { get; init; }

    /// <summary>The layer's number, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>The hook point, such as "layers.4.resid_post".</summary>
    public required string Hook { get; init; }

    /// <summary>What the decoder was told: "none" (the null condition) or "caption".</summary>
    public string Condition { get; init; } = "none";

    public ActivationDType DType { get; init; }

    /// <summary>
    /// What the model's weights were rounded to when these were computed: float32, bfloat16 or float16. Folders from before there was a choice
    /// say nothing: float32.
    /// </summary>
    public string ComputeType { get; init; } = ComputeNames.Float32;

    /// <summary>The first column kept of every clip. Column 0 is BOS; 1 is the first that has heard anything.</summary>
    public int FirstColumn { get; init; } = 1;

    /// <summary>Columns kept of every clip.</summary>
    public required int ColumnsPerClip { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Bytes of one clip on disk.</summary>
    public long ClipBytes() => (long)ColumnsPerClip * Width * (DType == ActivationDType.Float32 ? 4 : 2);
}
