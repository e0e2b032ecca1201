namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>The direction that ranks a concept best on `select`.</summary>
/// <param name="Direction">Its number among those tried; −1: none could be tried.</param>
/// <param name="Lag">In columns; 0 by clips.</param>
/// <param name="Negative">Whether low values speak for the concept.</param>
/// <param name="Auroc">On `select`, after the sign.</param>
internal readonly record struct DirectionChoice(int Direction, int Lag, bool Negative, double Auroc)
{
    public static DirectionChoice None { get; } = new(-1, 0, false, double.NegativeInfinity);

    /// <summary>The better of two: a higher AUROC, then the lower number, the smaller lag, the positive sign, so that no order of trying matters.</summary>
    public static DirectionChoice Better(DirectionChoice a, DirectionChoice b)
    {
        if (a.Auroc != b.Auroc) return a.Auroc > b.Auroc ? a : b;
        if (a.Direction != b.Direction) return a.Direction < b.Direction ? a : b;
        if (Math.Abs(a.Lag) != Math.Abs(b.Lag)) return Math.Abs(a.Lag) < Math.Abs(b.Lag) ? a : b;
        if (a.Lag != b.Lag) return a.Lag > b.Lag ? a : b;
        return b.Negative ? a : b;
    }
}
