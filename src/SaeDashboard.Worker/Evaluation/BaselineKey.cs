using System.Text.Json;
using SaeDashboard.Sae.Evaluation.GroundTruth;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>What baselines are of: all that their numbers depend on.</summary>
internal sealed record BaselineKey
{
    public required string ModelHash { get; init; }

    public required string DatasetHash { get; init; }

    /// <summary>SHA-256 of annotations.jsonl.</summary>
    public required string AnnotationsHash { get; init; }

    public required string Hook { get; init; }

    public required string Condition { get; init; }

    /// <summary>The split directions were chosen on, and the one they are scored on.</summary>
    public required string Splits { get; init; }

    public required GroundTruthOptions Options { get; init; }

    /// <summary>In words, what this one is of that the other is not; null when they are the same.</summary>
    public string? Difference(BaselineKey other) =>
        ModelHash != other.ModelHash ? "another model"
        : DatasetHash != other.DatasetHash ? "another data set"
        : AnnotationsHash != other.AnnotationsHash ? "other annotations"
        : Hook != other.Hook ? $"another place in the model ({Hook} instead of {other.Hook})"
        : Condition != other.Condition ? $"another condition ({Condition} instead of {other.Condition})"
        : Splits != other.Splits ? $"other splits ({Splits} instead of {other.Splits})"
        : Text(Options) != Text(other.Options) ? "other rules"
        : null;

    // Records compare lists by reference.
    private static string Text(GroundTruthOptions options) => JsonSerializer.Serialize(options, JsonDefaults.Lines);
}
