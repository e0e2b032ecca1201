using System.Text.Json.Serialization;

namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>
/// What the model's predictions lose when the residual stream after the SAE's layer is replaced at columns 1 … F, in one condition. Column
/// 0 (BOS), which no SAE was trained on, is original in every arm.
/// </summary>
public sealed record RecoveryReport
{
    /// <summary>The model's text condition: "none" (the null condition) or "caption".</summary>
    public required string Condition { get; init; }

    /// <summary>Clips measured.</summary>
    public required int Clips { get; init; }

    /// <summary>
    /// First column whose logits count; the last is F. A column's logits predict the cell in the next column, which counts if the delay
    /// pattern has a real code there.
    /// </summary>
    public required int FirstColumn { get; init; }

    /// <summary>What the mean ablation's mean was taken over.</summary>
    public required string MeanOf { get; init; }

    /// <summary>How many principal components the linear baseline keeps; null: it was not measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? PcaRank { get; init; }

    /// <summary>All cells of all codebooks.</summary>
    public required RecoveryRow Overall { get; init; }

    /// <summary>Each codebook by itself.</summary>
    public required IReadOnlyList<RecoveryRow> Codebooks { get; init; }
}

/// <summary>Cross-entropy and divergence of one codebook's cells, or of all; nats per code.</summary>
public sealed record RecoveryRow
{
    /// <summary>The codebook, from 0; null: all.</summary>
    public required int? Codebook { get; init; }

    /// <summary>Counted cells: those with a real code in the delay pattern.</summary>
    public required long Cells { get; init; }

    /// <summary>Mean of −ln p(code) of the original model.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>The same with the SAE's reconstruction.</summary>
    public required double CrossEntropySae { get; init; }

    /// <summary>The same with zero.</summary>
    public required double CrossEntropyZero { get; init; }

    /// <summary>The same with the mean activation.</summary>
    public required double CrossEntropyMean { get; init; }

    /// <summary>Mean of KL(original ‖ with the reconstruction).</summary>
    public required double KlSae { get; init; }

    /// <summary>Mean of KL(original ‖ with zero).</summary>
    public required double KlZero { get; init; }

    /// <summary>Mean of KL(original ‖ with the mean).</summary>
    public required double KlMean { get; init; }

    /// <summary>(CE_zero − CE_sae) / (CE_zero − CE).</summary>
    public required RecoveredShare CrossEntropyRecoveredOfZero { get; init; }

    /// <summary>(CE_mean − CE_sae) / (CE_mean − CE).</summary>
    public required RecoveredShare CrossEntropyRecoveredOfMean { get; init; }

    /// <summary>1 − KL_sae / KL_zero.</summary>
    public required RecoveredShare KlRecoveredOfZero { get; init; }

    /// <summary>1 − KL_sae / KL_mean.</summary>
    public required RecoveredShare KlRecoveredOfMean { get; init; }

    /// <summary>The same figures of PCA with as many directions as the SAE has active; null: it was not measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PcaRecovery? Pca { get; init; }

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
        Pca = !sums.HasPca ? null : new PcaRecovery(
            sums.CrossEntropy(LossSums.Pca), sums.Divergence(LossSums.Pca),
            Share(each => each.CrossEntropyRecovered(LossSums.Zero, LossSums.Pca), sums, drawn), Share(each => each.CrossEntropyRecovered(LossSums.Mean, LossSums.Pca), sums, drawn),
            Share(each => each.DivergenceRecovered(LossSums.Zero, LossSums.Pca), sums, drawn), Share(each => each.DivergenceRecovered(LossSums.Mean, LossSums.Pca), sums, drawn)),
    };

    private static RecoveredShare Share(Func<LossSums, double?> of, LossSums sums, IReadOnlyList<LossSums> drawn) =>
        RecoveredShare.Of(of(sums), drawn.Select(of));
}

/// <summary>What PCA recovers: the linear baseline of an SAE. Nats per code.</summary>
/// <param name="CrossEntropy">Mean of −ln p(code) with the stream replaced by its projection onto the first principal components.</param>
/// <param name="Kl">Mean of KL(original ‖ with the projection).</param>
/// <param name="CrossEntropyRecoveredOfZero">(CE_zero − CE_pca) / (CE_zero − CE).</param>
/// <param name="CrossEntropyRecoveredOfMean">(CE_mean − CE_pca) / (CE_mean − CE).</param>
/// <param name="KlRecoveredOfZero">1 − KL_pca / KL_zero.</param>
/// <param name="KlRecoveredOfMean">1 − KL_pca / KL_mean.</param>
public sealed record PcaRecovery(
    double CrossEntropy, double Kl, RecoveredShare CrossEntropyRecoveredOfZero, RecoveredShare CrossEntropyRecoveredOfMean, RecoveredShare KlRecoveredOfZero, RecoveredShare KlRecoveredOfMean);

/// <summary>
/// The share of an ablation's loss that the SAE's reconstruction recovers: 1 is all of it; below 0 it is worse than the ablation.
/// </summary>
/// <param name="Value">The share; null if the ablation costs nothing.</param>
/// <param name="Low">2.5th percentile over bootstrap samples of the clips; null with fewer than two clips.</param>
/// <param name="High">97.5th percentile.</param>
public sealed record RecoveredShare(double? Value, double? Low, double? High)
{
    internal static RecoveredShare Of(double? value, IEnumerable<double?> drawn)
    {
        double[] sorted = [.. drawn.OfType<double>().Order()];
        return value is null || sorted.Length == 0
            ? new RecoveredShare(value, null, null)
            : new RecoveredShare(value, OrderStatistics.Percentile(sorted, 0.025), OrderStatistics.Percentile(sorted, 0.975));
    }
}
