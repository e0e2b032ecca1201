namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>Cross-entropy and divergence of one codebook's cells, or of all; nats a code.</summary>
public sealed record RecoveryRow
{
    /// <summary>Which, from 0; null for all together.</summary>
    public required int? Codebook { get; init; }

    /// <summary>Cells counted: places of the delay pattern that hold a real code.</summary>
    public required long Cells { get; init; }

    /// <summary>Mean of −ln p(code), the model as it is.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>The same with the SAE's reconstruction in the residual stream's place.</summary>
    public required double CrossEntropySae { get; init; }

    /// <summary>The same with zero there.</summary>
    public required double CrossEntropyZero { get; init; }

    /// <summary>The same with the mean activation there.</summary>
    public required double CrossEntropyMean { get; init; }

    /// <summary>Mean of KL(model as it is ‖ with the reconstruction).</summary>
    public required double KlSae { get; init; }

    /// <summary>Mean of KL(model as it is ‖ with zero).</summary>
    public required double KlZero { get; init; }

    /// <summary>Mean of KL(model as it is ‖ with the mean).</summary>
    public required double KlMean { get; init; }

    /// <summary>(CE_zero − CE_sae) / (CE_zero − CE).</summary>
    public required RecoveredShare CrossEntropyRecoveredOfZero { get; init; }

    /// <summary>(CE_mean − CE_sae) / (CE_mean − CE).</summary>
    public required RecoveredShare CrossEntropyRecoveredOfMean { get; init; }

    /// <summary>1 − KL_sae / KL_zero.</summary>
    public required RecoveredShare KlRecoveredOfZero { get; init; }

    /// <summary>1 − KL_sae / KL_mean.</summary>
    public required RecoveredShare KlRecoveredOfMean { get; init; }

    internal static RecoveryRow Of(int? codebook, LossSums sums, IReadOnlyList<LossSums> drawn) => new()
    {
        Codebook = codebook,
        Cells = sums.Cells,
        CrossEntropy = sums.CrossEntropy(LossSums.Original),
        CrossEntropySae = sums.CrossEntropy(LossSums.Sae),
        CrossEntropyZero = sums.CrossEntropy(LossSums.Zero),
        CrossEntropyMean = sums.CrossEntropy(LossSums.Mean),
        KlSae = sums.Divergence(LossSums.Sae),
        KlZero = sums.Divergence(LossSums.Zero),
        KlMean = sums.Divergence(LossSums.Mean),
        CrossEntropyRecoveredOfZero = Share(each => each.CrossEntropyRecovered(LossSums.Zero), sums, drawn),
        CrossEntropyRecoveredOfMean = Share(each => each.CrossEntropyRecovered(LossSums.Mean), sums, drawn),
        KlRecoveredOfZero = Share(each => each.DivergenceRecovered(LossSums.Zero), sums, drawn),
        KlRecoveredOfMean = Share(each => each.DivergenceRecovered(LossSums.Mean), sums, drawn),
    };

    private static RecoveredShare Share(Func<LossSums, double?> of, LossSums sums, IReadOnlyList<LossSums> drawn) =>
        RecoveredShare.Of(of(sums), drawn.Select(of));
}
