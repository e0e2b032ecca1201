namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>How much of what an ablation costs the SAE's reconstruction gives back: 1 is all of it; below 0 it is worse than the ablation.</summary>
/// <param name="Value">The share, or null where the ablation costs nothing.</param>
/// <param name="Low">2.5th percentile over draws of the clips; null with fewer than two clips.</param>
/// <param name="High">97.5th percentile.</param>
public sealed record RecoveredShare(double? Value, double? Low, double? High)
{
    internal static RecoveredShare Of(double? value, IEnumerable<double?> drawn)
    {
        double[] sorted = [.. drawn.OfType<double>().Order()];
        return value is null || sorted.Length == 0 ? new RecoveredShare(value, null, null) : new RecoveredShare(value, At(0.025), At(0.975));

        // Between the two nearest ranks, as numpy's default does.
        double At(double share)
        {
            var place = share * (sorted.Length - 1);
            var below = (int)place;
            return sorted[below] + (place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
        }
    }
}
