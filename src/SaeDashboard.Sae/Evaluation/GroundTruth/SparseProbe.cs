namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>A linear score from a few features.</summary>
/// <param name="Features">Their numbers, in the order they were chosen.</param>
/// <param name="Weights">One each. The intercept does not matter to a ranking.</param>
internal sealed record SparseProbe(int[] Features, double[] Weights);
