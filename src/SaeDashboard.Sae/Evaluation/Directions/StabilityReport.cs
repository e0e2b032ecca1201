using SaeDashboard.Sae.Steering;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>
/// Whether a second dictionary, trained from another seed, found the same directions: each feature's best decoder cosine with any feature
/// of it. What only one of the two has may be noise.
/// </summary>
/// <param name="Second">Weights hash of the second SAE.</param>
/// <param name="SecondFeatures">Its features.</param>
/// <param name="Alive">The features that fire on the measured split.</param>
/// <param name="Chance">The same of as many random directions: what a match is worth in this width.</param>
public sealed record StabilityReport(string Second, int SecondFeatures, CosineSummary Alive, CosineSummary Chance)
{
    /// <summary>Measures the first SAE's features against the second's.</summary>
    /// <param name="first">The SAE that is evaluated.</param>
    /// <param name="second">Another one of the same width.</param>
    /// <param name="alive">Whether feature j of the first fires on the measured split.</param>
    /// <returns>The report, and the best cosine a feature <c>[F]</c>.</returns>
    /// <exception cref="Core.UserException">The two read vectors of different widths.</exception>
    public static (StabilityReport Report, float[] Best) Of(SparseAutoencoder first, SparseAutoencoder second, Func<int, bool> alive)
    {
        if (first.Config.DIn != second.Config.DIn)
        {
            throw new Core.UserException($"The second SAE reads vectors of width {second.Config.DIn}, the first {first.Config.DIn}: " +
                "stability compares two SAEs of the same model and layer.");
        }

        using var scope = NewDisposeScope();
        var (mine, others) = (first.Directions(), second.Directions());
        var best = DecoderCosines.Best(mine, others);
        var chance = DecoderCosines.Best(Random(first.Config.DSae, first.Config.DIn), others);
        return (new StabilityReport(second.WeightsHash, second.Config.DSae, CosineSummary.Of(best, alive), CosineSummary.Of(chance, alive)), best);
    }

    private static Tensor Random(int count, int width)
    {
        var values = new float[(long)count * width];
        for (var row = 0; row < count; row++)
            RandomDirection.Create((ulong)row, width, 1).CopyTo(values, row * width);
        return TensorData.FromFloats(values, count, width);
    }
}
