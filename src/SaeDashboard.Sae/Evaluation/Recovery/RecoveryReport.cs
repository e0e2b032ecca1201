namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>
/// What the model's predictions lose when the residual stream after the SAE's layer is replaced at columns 1 … F (column 0, BOS, no SAE was
/// trained on: it stays in every arm), in one condition.
/// </summary>
public sealed record RecoveryReport
{
    /// <summary>What the model was given beside the codes: "none" (the null condition) or "caption".</summary>
    public required string Condition { get; init; }

    /// <summary>Clips measured.</summary>
    public required int Clips { get; init; }

    /// <summary>
    /// First column whose logits count; the last is F. The cell that a column's logits are about stands in the next column and counts when the
    /// delay pattern has a real code there.
    /// </summary>
    public required int FirstColumn { get; init; }

    /// <summary>What the mean ablation's mean was taken over.</summary>
    public required string MeanOf { get; init; }

    /// <summary>All cells of all codebooks.</summary>
    public required RecoveryRow Overall { get; init; }

    /// <summary>Each codebook alone.</summary>
    public required IReadOnlyList<RecoveryRow> Codebooks { get; init; }
}
