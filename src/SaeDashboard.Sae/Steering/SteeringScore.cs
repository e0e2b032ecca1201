using SaeDashboard.Sae.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering;

/// <summary>
/// Did steering bring out what the feature stands for? Read from the finished codes in a fresh, unsteered, unconditional pass: the steered pass itself
/// would only show what was put in.
/// </summary>
public static class SteeringScore
{
    /// <summary>Σ over columns <paramref name="firstColumn"/>..F of a feature's activation.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="columns">The fresh pass's residual stream, columns 1..F <c>[F, width]</c>.</param>
    /// <param name="feature">The feature that was steered.</param>
    /// <param name="firstColumn">First column summed.</param>
    public static double SummedActivation(SparseAutoencoder sae, Tensor columns, int feature, int firstColumn = 4) =>
        SummedActivations(sae, columns, [feature], firstColumn)[0];

    /// <summary>The same for several features with one encoding.</summary>
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
    /// <param name="baseline">The baseline's sums, one a seed.</param>
    /// <param name="arm">The arm's sums for the same seeds in the same order.</param>
    /// <exception cref="ArgumentException">There are no seeds, or not equally many.</exception>
    public static ArmComparison Compare(IReadOnlyList<double> baseline, IReadOnlyList<double> arm)
    {
        if (baseline.Count == 0 || baseline.Count != arm.Count)
            throw new ArgumentException($"{baseline.Count} baseline sums cannot be paired with {arm.Count}.", nameof(arm));
        var before = baseline.Average();
        var after = arm.Average();
        var pairs = baseline.Zip(arm).ToArray();
        return new ArmComparison(
            before,
            after,
            before > 0 ? after / before : null,
            pairs.Length,
            pairs.Count(pair => pair.Second > pair.First),
            pairs.Count(pair => pair.Second > 0 && pair.Second >= 2 * pair.First));
    }
}
