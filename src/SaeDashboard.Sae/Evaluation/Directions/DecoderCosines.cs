using SaeDashboard.Sae.Steering;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>Cosine similarity between decoder directions. A direction of norm 0 has cosine 0 with all others.</summary>
public static class DecoderCosines
{
    // Cosines of a block against all: at most 2^24 floats, 64 MB.
    private const int CosineBlock = 1 << 24;

    /// <summary>Each direction's largest cosine with another one <c>[F]</c>: near 1 for duplicates; 0 if there is no other.</summary>
    /// <param name="directions"><c>[F, d]</c>.</param>
    public static float[] Largest(Tensor directions) => Best(directions, directions, self: true);

    /// <summary>Each direction's largest cosine with any of <paramref name="others"/> <c>[F]</c>.</summary>
    /// <param name="directions"><c>[F, d]</c>.</param>
    /// <param name="others"><c>[G, d]</c>.</param>
    public static float[] Best(Tensor directions, Tensor others) => Best(directions, others, self: false);

    private static float[] Best(Tensor directions, Tensor others, bool self)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (count, against) = ((int)directions.size(0), (int)others.size(0));
        var best = new float[count];
        if (against == 0 || (self && count < 2))
            return best;
        var (units, transposed) = (Units(directions), Units(others).transpose(0, 1));
        var block = Math.Clamp(CosineBlock / against, 1, count);
        for (var from = 0; from < count; from += block)
        {
            using var inner = NewDisposeScope();
            var rows = Math.Min(block, count - from);
            var cosines = units.narrow(0, from, rows).mm(transposed);
            if (self)
            {
                // Below every cosine: a feature is not its own neighbour.
                var diagonal = TensorData.AsSpan(cosines);
                for (var row = 0; row < rows; row++)
                    diagonal[row * against + from + row] = -2;
            }

            TensorData.AsSpan(cosines.amax([1]).contiguous()).CopyTo(best.AsSpan(from));
        }

        // A float32 product of two unit vectors may exceed 1 by rounding.
        for (var i = 0; i < count; i++)
            best[i] = Math.Clamp(best[i], -1f, 1f);
        return best;
    }

    private static Tensor Units(Tensor directions) => directions.div(directions.norm(1, true).ClampMin(1e-30));
}

/// <summary>Summary of one cosine per feature.</summary>
/// <param name="Features">Features counted.</param>
/// <param name="Median">Their median cosine; null without features.</param>
/// <param name="Above07">Share of them above 0.7.</param>
/// <param name="Above09">Share of them above 0.9.</param>
public sealed record CosineSummary(int Features, double? Median, double? Above07, double? Above09)
{
    /// <summary>Summarises the counted features.</summary>
    /// <param name="cosines"><c>[F]</c>.</param>
    /// <param name="counts">Whether feature j is counted.</param>
    public static CosineSummary Of(IReadOnlyList<float> cosines, Func<int, bool> counts)
    {
        double[] counted = [.. Enumerable.Range(0, cosines.Count).Where(counts).Select(feature => (double)cosines[feature])];
        return counted.Length == 0
            ? new CosineSummary(0, null, null, null)
            : new CosineSummary(counted.Length, OrderStatistics.Median(counted), Share(0.7), Share(0.9));

        double Share(double bound) => counted.Count(cosine => cosine > bound) / (double)counted.Length;
    }
}

/// <summary>
/// Whether a second dictionary, trained from another seed, found the same directions: each feature's largest decoder cosine with any of its
/// features. Directions that only one of the two has may be noise.
/// </summary>
/// <param name="Second">Weights hash of the second SAE.</param>
/// <param name="SecondFeatures">Its features.</param>
/// <param name="Alive">The features that fire on the measured split.</param>
/// <param name="Chance">The same for random directions: the chance level for this width.</param>
public sealed record StabilityReport(string Second, int SecondFeatures, CosineSummary Alive, CosineSummary Chance)
{
    /// <summary>Measures the first SAE's features against the second's.</summary>
    /// <param name="first">The evaluated SAE.</param>
    /// <param name="second">Another SAE of the same width.</param>
    /// <param name="alive">Whether feature j of the first fires on the measured split.</param>
    /// <returns>The report, and each feature's best cosine <c>[F]</c>.</returns>
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
