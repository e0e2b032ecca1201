using System.Text.Json.Serialization;

namespace SaeDashboard.Sae.Activations;

/// <summary>
/// <c>manifest.json</c> of an activation folder. Record i is clip i: <see cref="ActivationSource.ColumnsPerClip"/> columns of <see
/// cref="ActivationSource.Width"/> values, little-endian, without header or padding. Shards hold whole clips, in order.
/// </summary>
public sealed record ActivationManifest
{
    public const string FileName = "manifest.json";
    public const int CurrentSchema = 1;

    public required int SchemaVersion { get; init; }

    public required ActivationSource Source { get; init; }

    public required IReadOnlyList<ActivationClip> Clips { get; init; }

    public required IReadOnlyList<ActivationShard> Shards { get; init; }

    public DateTime CreatedUtc { get; init; }
}

/// <summary>Identifies a set of activations and the layout of its records. Sets with equal sources hold the same values.</summary>
public sealed record ActivationSource
{
    /// <summary>The model folder's name.</summary>
    public required string Model { get; init; }

    /// <summary>SHA-256 of the model's weights.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The dataset's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>SHA-256 of the dataset.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>The dataset's split.</summary>
    public required string Split { get; init; }

    /// <summary>The layer's number, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>The hook point, such as "layers.4.resid_post".</summary>
    public required string Hook { get; init; }

    /// <summary>The decoder's text condition: "none" (the null condition) or "caption".</summary>
    public string Condition { get; init; } = TextConditions.None;

    public ActivationDType DType { get; init; }

    /// <summary>
    /// The type of the model's weights when these were computed: float32, bfloat16 or float16. Absent in old folders: float32.
    /// </summary>
    public string ComputeType { get; init; } = ComputeNames.Float32;

    /// <summary>The first stored column of every clip. Column 0 is BOS; column 1 is the first whose input is a code.</summary>
    public int FirstColumn { get; init; } = 1;

    /// <summary>Stored columns per clip.</summary>
    public required int ColumnsPerClip { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Bytes of one clip on disk.</summary>
    public long ClipBytes() => (long)ColumnsPerClip * Width * (DType == ActivationDType.Float32 ? 4 : 2);
}

/// <summary>A clip whose activations are stored.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Id">The clip's id in the dataset.</param>
/// <param name="Split">The split it belongs to.</param>
/// <param name="Columns">The number of its columns, from the first on, that are music. The rest is padding and never read. Null:
/// all.</param>
public sealed record ActivationClip(int Row, string Id, string Split, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Columns = null);

/// <summary>One file of an activation folder.</summary>
/// <param name="File">The file name within the folder.</param>
/// <param name="Clips">The number of clips.</param>
/// <param name="ByteLength">The length in bytes.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hexadecimal.</param>
public sealed record ActivationShard(string File, int Clips, long ByteLength, string Sha256);

/// <summary>The type of activations on disk. All computation is in float32.</summary>
public enum ActivationDType
{
    Float32,
    Float16,
    BFloat16,
}
