using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>How near decoder directions lie to one another. A direction of norm 0 has cosine 0 with all.</summary>
public static class DecoderCosines
{
    // Cosines of a block against all: at most 2^24 floats, 64 MB.
    private const int CosineBlock = 1 << 24;

    /// <summary>Each direction's largest cosine with another one <c>[F]</c>: near 1 where a dictionary says a thing twice. 0 where there is no other.</summary>
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
                // Below every cosine: a feature is no neighbour of its own.
                var diagonal = TensorData.AsSpan(cosines);
                for (var row = 0; row < rows; row++)
                    diagonal[row * against + from + row] = -2;
            }

            TensorData.AsSpan(cosines.amax([1]).contiguous()).CopyTo(best.AsSpan(from));
        }

        // A float32 product of two unit vectors may end a rounding above 1.
        for (var i = 0; i < count; i++)
            best[i] = Math.Clamp(best[i], -1f, 1f);
        return best;
    }

    private static Tensor Units(Tensor directions) => directions.div(directions.norm(1, true).clamp(1e-30));
}
