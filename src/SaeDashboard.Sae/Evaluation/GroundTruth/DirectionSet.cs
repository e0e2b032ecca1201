namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>One kind of direction, and its score for every concept that can be measured.</summary>
/// <param name="Name">"feature", "residual coordinate", …</param>
/// <param name="Scores">By level, then by concept.</param>
public sealed record DirectionSet(string Name, IReadOnlyList<DirectionScore> Scores)
{
    public const string Feature = "feature";
    public const string Coordinate = "residual coordinate";
    public const string Principal = "PCA direction";
    public const string RidgeProbe = "ridge probe on the residual";

    /// <summary>The name of the k-sparse probe.</summary>
    public static string Probe(int size) => FormattableString.Invariant($"{size}-sparse probe");
}
