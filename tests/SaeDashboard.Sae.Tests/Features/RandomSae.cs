using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>Small random SAEs and activations, the same for the same seed.</summary>
internal static class RandomSae
{
    public static SparseAutoencoder Create(
        int seed, int width, int features, int k, SaeArchitecture architecture = SaeArchitecture.TopK,
        InputNormalization normalization = InputNormalization.None, bool rescale = false, float encoderBias = 0)
    {
        var random = new Random(seed);
        // A decoder near the encoder's transpose, so that it reconstructs something.
        var encoder = Normal(random, 1 / Math.Sqrt(width), width, features);
        var weights = new Dictionary<string, Tensor>
        {
            ["W_enc"] = encoder,
            ["W_dec"] = Normal(random, 0.3 / Math.Sqrt(width), features, width).add(encoder.transpose(0, 1).mul(0.4)),
            ["b_dec"] = Normal(random, 0.3, width),
            ["b_enc"] = Normal(random, 0.3, features).add(encoderBias),
        };
        if (architecture == SaeArchitecture.JumpRelu)
            weights["threshold"] = full([features], 0.4f);
        return new SparseAutoencoder(
            new SaeConfig
            {
                Architecture = architecture,
                DIn = width,
                DSae = features,
                K = architecture == SaeArchitecture.TopK ? k : 0,
                NormalizeActivations = normalization,
                RescaleActsByDecoderNorm = rescale,
            },
            weights);
    }

    public static Tensor Normal(Random random, double deviation, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return tensor(values).reshape(shape);
    }

    /// <summary>A tensor's values in float64, by row.</summary>
    public static double[][] Rows(Tensor matrix)
    {
        var width = (int)matrix.size(1);
        var values = matrix.contiguous().data<float>().ToArray();
        return [.. values.Chunk(width).Select(row => row.Select(value => (double)value).ToArray())];
    }
}
