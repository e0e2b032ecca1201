namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>One direction of the residual stream that was chosen for one concept at one level, to be scored.</summary>
/// <param name="Set">The kind of direction.</param>
/// <param name="Level">Over what it is scored.</param>
/// <param name="Concept">The concept's number.</param>
/// <param name="Vector">The direction [d].</param>
/// <param name="Direction">Its number among those tried; null for a fitted one.</param>
/// <param name="Lag">In columns.</param>
/// <param name="Negative">Whether low values speak for the concept.</param>
internal sealed record ResidualJob(string Set, TruthLevel Level, int Concept, float[] Vector, int? Direction, int Lag, bool Negative)
{
    /// <summary>Scores by unit, filled when the split is read.</summary>
    public float[] Scores { get; set; } = [];
}
