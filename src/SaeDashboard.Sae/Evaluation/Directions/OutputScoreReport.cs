namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>How much a p99 injection of the kept features moves the logits at its own column (see <see cref="OutputScoreMeter"/>).</summary>
public sealed record OutputScoreReport
{
    /// <summary>"none" or "caption": what the model was given beside the codes.</summary>
    public required string Condition { get; init; }

    /// <summary>Features scored: those that the filter keeps on the measured split, with their p99 there.</summary>
    public required int Features { get; init; }

    /// <summary>Columns injected into, each of another clip where there are enough.</summary>
    public required int Columns { get; init; }

    /// <summary>Median over features of the KL divergence, nats a code; null without features.</summary>
    public required double? MedianScore { get; init; }

    /// <summary>The same of random directions of the same norms.</summary>
    public required double? MedianRandomScore { get; init; }

    /// <summary>Median over features of the mean |Δlogit|.</summary>
    public required double? MedianLogitChange { get; init; }

    /// <summary>The same of random directions.</summary>
    public required double? MedianRandomLogitChange { get; init; }

    /// <summary>Share of features whose score is above that of their random direction.</summary>
    public required double? AboveRandom { get; init; }
}
