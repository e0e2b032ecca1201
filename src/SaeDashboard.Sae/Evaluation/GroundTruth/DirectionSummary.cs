namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>How many concepts a kind of direction finds.</summary>
/// <param name="Set">The kind of direction.</param>
/// <param name="Level">Over what it was scored.</param>
/// <param name="Constant">Whether the concepts are those constant over a clip.</param>
/// <param name="Concepts">Concepts measured.</param>
/// <param name="AtLeast95">Of them with an AUROC of 0.95 or more.</param>
/// <param name="AtLeast90">0.9 or more.</param>
/// <param name="AtLeast80">0.8 or more.</param>
/// <param name="Median">The median AUROC.</param>
public sealed record DirectionSummary(
    string Set, TruthLevel Level, bool Constant, int Concepts, int AtLeast95, int AtLeast90, int AtLeast80, double Median)
{
    internal static DirectionSummary Of(string set, TruthLevel level, bool constant, IEnumerable<DirectionScore> scores)
    {
        var aurocs = scores.Select(score => score.Auroc).Order().ToArray();
        int AtLeast(double auroc) => aurocs.Count(value => value >= auroc);
        return new DirectionSummary(set, level, constant, aurocs.Length, AtLeast(0.95), AtLeast(0.9), AtLeast(0.8), (aurocs[(aurocs.Length - 1) / 2] + aurocs[aurocs.Length / 2]) / 2);
    }
}
