using System.Text.Json.Serialization;

namespace SaeDashboard.Storage;

/// <summary>What an import added.</summary>
/// <param name="Labels">Revisions of labels that were not here.</param>
/// <param name="Ratings">Ratings that were not here, or are newer than those here.</param>
/// <param name="Presets">Presets that were not here.</param>
/// <param name="Known">Lines that changed nothing: all of it was here, or a preset of the same id is.</param>
public sealed record ImportResult(int Labels, int Ratings, int Presets, int Known)
{
    /// <summary>Lists of features that were not here, or are newer than those here.</summary>
    public int Lists { get; init; }

    /// <summary>Saved views that were not here.</summary>
    public int Views { get; init; }

    /// <summary>Comments that were not here, or are newer than those here.</summary>
    public int Comments { get; init; }

    /// <summary>Stars, tags, comments and links of presets that were not here, or are newer.</summary>
    public int PresetTalk { get; init; }

    /// <summary>Takes of which names, stars or blind tests were not here.</summary>
    public int Takes { get; init; }

    /// <summary>Annotation queues that were not here, or are newer than those here.</summary>
    public int Queues { get; init; }

    /// <summary>Annotations that were not here, or were withdrawn since.</summary>
    public int Annotations { get; init; }

    /// <summary>The features that the file has comments on: for the pages that show them.</summary>
    [JsonIgnore]
    public IReadOnlyList<FeatureKey> Commented { get; init; } = [];

    /// <summary>The features whose labels or ratings changed: for the pages that show them.</summary>
    [JsonIgnore]
    public IReadOnlyList<FeatureKey> Features { get; init; } = [];
}
