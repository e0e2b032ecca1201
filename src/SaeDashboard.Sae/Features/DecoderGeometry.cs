using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// Properties of the decoder directions d_j = ∂x̂/∂f_j: norms, nearest directions, and hues that are similar for similar features. A
/// direction of norm 0 has cosine 0 with all others.
/// </summary>
internal sealed class DecoderGeometry
{
    /// <summary>Nearest directions stored per feature.</summary>
    public const int NeighbourCount = 8;

    /// <summary>Steps of the colour circle.</summary>
    public const int HueSteps = 24;

    // Cosines of a block against all: at most 2^24 floats, 64 MB.
    private const int CosineBlock = 1 << 24;

    private DecoderGeometry(float[] norms, byte[] hues, string? problem, int[] neighbours, float[] cosines) =>
        (Norms, Hues, Problem, Neighbours, Cosines) = (norms, hues, problem, neighbours, cosines);

    /// <summary>‖d_j‖ [F].</summary>
    public float[] Norms { get; }

    /// <summary>Steps 0..23 [F]; all 0 if <see cref="Problem"/> is not null.</summary>
    public byte[] Hues { get; }

    /// <summary>Why hues could not be computed, or null. The index is valid without them.</summary>
    public string? Problem { get; }

    /// <summary><c>[F, 8]</c>, nearest first, never the feature itself; −1 where there are fewer other features.</summary>
    public int[] Neighbours { get; }

    /// <summary>Cosines of <see cref="Neighbours"/>; 0 where there is none.</summary>
    public float[] Cosines { get; }

    /// <summary>Measures directions <c>[F, width]</c>.</summary>
    /// <param name="directions">The decoder.</param>
    /// <param name="hues">Computes hues from unit directions; null: <see cref="HuesOf"/>.</param>
    public static DecoderGeometry Of(Tensor directions, Func<Tensor, byte[]>? hues = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var norms = directions.norm(1, true);
        var units = directions.div(norms.ClampMin(1e-30));
        var (neighbours, cosines) = Nearest(units);
        var (steps, problem) = Try(hues ?? HuesOf, units);
        return new DecoderGeometry(TensorData.AsSpan(norms.contiguous()).ToArray(), steps, problem, neighbours, cosines);
    }

    private static (byte[] Hues, string? Problem) Try(Func<Tensor, byte[]> hues, Tensor units)
    {
        try
        {
            return (hues(units), null);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or System.Runtime.InteropServices.ExternalException)
        {
            return (new byte[units.size(0)], $"Feature hues could not be computed: {error.Message}");
        }
    }

    /// <summary>
    /// Angle of each unit direction's scores on the first two principal components of all unit directions, to the nearest of 24 steps.
    /// Components point where their largest loading is positive, so the same weights have the same hues everywhere.
    /// </summary>
    private static byte[] HuesOf(Tensor units)
    {
        var features = (int)units.size(0);
        var width = (int)units.size(1);
        if (width < 2)
            return new byte[features];
        var moments = new SecondMoments(width);
        moments.Add(units);
        var components = PrincipalComponents.Fit(moments);
        var (first, second) = (components.Direction(0), components.Direction(1));
        var values = TensorData.AsSpan(units.contiguous());
        var hues = new byte[features];
        var centred = new double[width];
        for (var feature = 0; feature < features; feature++)
        {
            for (var i = 0; i < width; i++)
                centred[i] = values[feature * width + i] - components.Mean[i];
            hues[feature] = HueOf(TensorPrimitives.Dot<double>(centred, first), TensorPrimitives.Dot<double>(centred, second));
        }

        return hues;
    }

    internal static byte HueOf(double first, double second)
    {
        var step = (int)Math.Round(Math.Atan2(second, first) / (2 * Math.PI) * HueSteps, MidpointRounding.AwayFromZero);
        return (byte)((step + HueSteps) % HueSteps);
    }

    private static (int[] Neighbours, float[] Cosines) Nearest(Tensor units)
    {
        var features = (int)units.size(0);
        var wanted = Math.Min(NeighbourCount, features - 1);
        var neighbours = new int[features * NeighbourCount];
        var cosines = new float[features * NeighbourCount];
        Array.Fill(neighbours, -1);
        var block = Math.Clamp(CosineBlock / features, 1, features);
        var transposed = units.transpose(0, 1);
        for (var from = 0; wanted > 0 && from < features; from += block)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(block, features - from);
            // One more than needed: the feature itself is among them, unless others have the same cosine.
            var (values, indices) = units.narrow(0, from, rows).mm(transposed).topk(wanted + 1, 1);
            var nearest = TensorData.AsSpan(values.contiguous());
            var numbers = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(indices.contiguous().bytes);
            for (var row = 0; row < rows; row++)
            {
                var place = 0;
                for (var i = 0; i <= wanted && place < wanted; i++)
                {
                    var other = (int)numbers[row * (wanted + 1) + i];
                    if (other == from + row)
                        continue;
                    neighbours[(from + row) * NeighbourCount + place] = other;
                    cosines[(from + row) * NeighbourCount + place++] = Math.Clamp(nearest[row * (wanted + 1) + i], -1f, 1f);
                }
            }
        }

        return (neighbours, cosines);
    }
}
