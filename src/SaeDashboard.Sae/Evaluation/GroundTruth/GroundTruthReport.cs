namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>What an SAE and the baselines beside it know of the annotated concepts.</summary>
public sealed record GroundTruthReport
{
    /// <summary>The split that directions and lags were chosen on, and its clips.</summary>
    public required string ChosenOn { get; init; }

    public required int ChosenOnClips { get; init; }

    /// <summary>The split that is scored, and its clips.</summary>
    public required string ScoredOn { get; init; }

    public required int ScoredOnClips { get; init; }

    /// <summary>The rules.</summary>
    public required GroundTruthOptions Options { get; init; }

    /// <summary>Concepts that are not measured, by level, and why.</summary>
    public required IReadOnlyList<UnmeasuredConcept> Unmeasured { get; init; }

    /// <summary>Concepts that are constant over a clip: they have clips only, and summaries of their own.</summary>
    public required IReadOnlyList<string> ConstantConcepts { get; init; }

    public required IReadOnlyList<DirectionSummary> Summaries { get; init; }

    public required IReadOnlyList<DirectionSet> Sets { get; init; }
}
