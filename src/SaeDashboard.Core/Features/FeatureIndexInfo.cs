namespace SaeDashboard.Core.Features;

/// <summary>What a feature index was measured on: index.json.</summary>
public sealed record FeatureIndexInfo
{
    public const int CurrentSchemaVersion = 1;

    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>SHA-256 of the dictionary's weights.</summary>
    public required string SaeHash { get; init; }

    /// <summary>SHA-256 of the model's weights.</summary>
    public required string ModelHash { get; init; }

    /// <summary>SHA-256 of the data set.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>The data set's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>Where the activations come from: "layers.4.resid_post".</summary>
    public required string Hook { get; init; }

    public required int Layer { get; init; }

    /// <summary>Frames, and so columns, a second.</summary>
    public required double FrameRate { get; init; }

    /// <summary>Number of latents, F.</summary>
    public required int Features { get; init; }

    /// <summary>The first column that statistics count; those before it are shaped by the start of the sequence.</summary>
    public int FirstColumn { get; init; } = 4;

    /// <summary>Columns that the statistics were measured on.</summary>
    public required long ColumnsMeasured { get; init; }

    /// <summary>Clips that the statistics were measured on.</summary>
    public required int ClipsMeasured { get; init; }

    /// <summary>The split the statistics and the filter come from.</summary>
    public string StatisticsSplit { get; init; } = "select";

    /// <summary>The splits the top clips come from.</summary>
    public IReadOnlyList<string> TopClipSplits { get; init; } = ["sae-train", "select"];

    /// <summary>Top clips kept a feature, T.</summary>
    public required int TopClips { get; init; }

    /// <summary>Bins of each feature's histogram, linear over 0 … its maximum.</summary>
    public required int HistogramBins { get; init; }

    /// <summary>Decoder neighbours kept a feature.</summary>
    public required int Neighbours { get; init; }

    /// <summary>Features that pass the filter on the clip density with the default threshold.</summary>
    public required int KeptDefault { get; init; }

    /// <summary>Features that pass it when any frame counts.</summary>
    public required int KeptAnyFrame { get; init; }

    public required DateTimeOffset CreatedUtc { get; init; }
}
