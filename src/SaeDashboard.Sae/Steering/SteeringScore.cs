using SaeDashboard.Sae.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering;

/// <summary>
/// Measures whether steering made the feature active in the generated music, from a new unsteered, unconditional pass over the finished
/// codes. The steered pass itself would only show the edit.
/// </summary>
public static class SteeringScore
{
    /// <summary>Σ over columns <paramref name="firstColumn"/>..F of each feature's activation.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="columns">The new pass's residual stream, columns 1..F <c>[F, width]</c>.</param>
    /// <param name="features">The steered features.</param>
    /// <param name="firstColumn">First column summed.</param>
    public static double[] SummedActivations(SparseAutoencoder sae, Tensor columns, IReadOnlyList<int> features, int firstColumn = 4)
    {
        var encoder = new ClipEncoder(sae);
        encoder.Encode(new ClipActivations(0, "generated", columns));
        var sums = new double[features.Count];
        for (var i = 0; i < sums.Length; i++)
        {
            var at = encoder.Latents.Columns(features[i]);
            var values = encoder.Latents.Values(features[i]);
            for (var entry = 0; entry < at.Length; entry++)
                sums[i] += at[entry] >= firstColumn ? values[entry] : 0;
        }

        return sums;
    }

    /// <summary>Compares an arm with the baseline, seed by seed.</summary>
    /// <param name="baseline">The baseline's sums, one per seed.</param>
    /// <param name="arm">The arm's sums for the same seeds in the same order.</param>
    /// <exception cref="ArgumentException">There are no seeds, or the numbers differ.</exception>
    public static SteeringComparison Compare(IReadOnlyList<double> baseline, IReadOnlyList<double> arm)
    {
        if (baseline.Count == 0 || baseline.Count != arm.Count)
            throw new ArgumentException($"{baseline.Count} baseline sums cannot be paired with {arm.Count}.", nameof(arm));
        var before = baseline.Average();
        var after = arm.Average();
        var pairs = baseline.Zip(arm).ToArray();
        return new SteeringComparison(
            before,
            after,
            before > 0 ? after / before : null,
            pairs.Length,
            pairs.Count(pair => pair.Second > pair.First),
            pairs.Count(pair => pair.Second > 0 && pair.Second >= 2 * pair.First));
    }
}

/// <summary>An arm's summed activation of a feature compared with the baseline's, over seeds.</summary>
/// <param name="BaselineMean">The baseline's mean over seeds.</param>
/// <param name="ArmMean">The arm's.</param>
/// <param name="Ratio">Arm mean / baseline mean; null if the baseline never fires.</param>
/// <param name="Seeds">Pairs compared.</param>
/// <param name="Raised">Seeds in which the arm is above its baseline.</param>
/// <param name="Doubled">Seeds in which the arm is at least twice its baseline, and fires at all.</param>
public sealed record SteeringComparison(double BaselineMean, double ArmMean, double? Ratio, int Seeds, int Raised, int Doubled);
