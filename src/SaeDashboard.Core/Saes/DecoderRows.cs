using System.Numerics.Tensors;

namespace SaeDashboard.Core.Saes;

/// <summary>Decoder directions of an SAE's latents and their cosines, computed with plain floats: what the site needs to find a feature's counterpart in another SAE.</summary>
public static class DecoderRows
{
    /// <summary>The most values of a decoder that is read: 65,536 latents of width 2,048, 512 MiB while it is compared.</summary>
    public const long MostValues = 1L << 27;

    // One decoder at a time: two of the largest would be a gigabyte.
    private static readonly Lock Reading = new();

    /// <summary>The directions of some latents, ∂x̂/∂f_j: per unit of activation <c>[features][width]</c>.</summary>
    /// <param name="folder">The SAE's folder.</param>
    /// <param name="features">The latents.</param>
    /// <exception cref="UserException">The SAE cannot be read, is too large, or has no such latent.</exception>
    public static float[][] Read(string folder, IReadOnlyList<int> features)
    {
        lock (Reading)
        {
            var (config, values) = SaeFolders.ReadDecoder(folder, MostValues);
            return
            [
                .. features.Select(feature =>
                {
                    if ((uint)feature >= (uint)config.DSae) throw new UserException($"{folder} has latents 0 to {config.DSae - 1}; {feature} is not one of them.");
                    var row = values.AsSpan(feature * config.DIn, config.DIn).ToArray();
                    // TopK in units of the rows' norms: the row is then not the change per unit of activation.
                    if (config.RescaleActsByDecoderNorm && TensorPrimitives.Norm<float>(row) is > 0 and var norm) TensorPrimitives.Divide(row, norm, row);
                    return row;
                }),
            ];
        }
    }

    /// <summary>For each direction the latent whose decoder row has the largest cosine with it.</summary>
    /// <param name="folder">The SAE's folder.</param>
    /// <param name="directions">Directions <c>[features][width]</c>; one of zeros has the cosine 0 with all.</param>
    /// <param name="ct">Ends the computation.</param>
    /// <exception cref="UserException">The SAE cannot be read, is too large, or is of another width.</exception>
    public static IReadOnlyList<NearestRow> Nearest(string folder, IReadOnlyList<float[]> directions, CancellationToken ct)
    {
        lock (Reading)
        {
            var (config, values) = SaeFolders.ReadDecoder(folder, MostValues);
            var width = config.DIn;
            if (directions.FirstOrDefault(direction => direction.Length != width) is { } other)
                throw new UserException($"The features are directions of width {other.Length}, and the SAE in {folder} has width {width}: they belong to different models.");
            var norms = directions.Select(direction => TensorPrimitives.Norm<float>(direction)).ToArray();
            var best = new NearestRow[directions.Count];
            Array.Fill(best, new NearestRow(-1, double.NegativeInfinity));
            for (var row = 0; row < config.DSae; row++)
            {
                if ((row & 1023) == 0) ct.ThrowIfCancellationRequested();
                ReadOnlySpan<float> candidate = values.AsSpan(row * width, width);
                var norm = TensorPrimitives.Norm(candidate);
                for (var each = 0; each < best.Length; each++)
                {
                    // The float32 norms of unit rows are right to 1e-7; a row of zeros points nowhere.
                    var cosine = norm > 0 && norms[each] > 0 ? (double)TensorPrimitives.Dot<float>(candidate, directions[each]) / norm / norms[each] : 0;
                    if (cosine > best[each].Cosine) best[each] = new NearestRow(row, cosine);
                }
            }
            return best;
        }
    }
}

/// <summary>The latent whose decoder row is nearest to a direction.</summary>
/// <param name="Feature">The latent; −1: the SAE has none.</param>
/// <param name="Cosine">The cosine of the two, −1 to 1.</param>
public readonly record struct NearestRow(int Feature, double Cosine);
