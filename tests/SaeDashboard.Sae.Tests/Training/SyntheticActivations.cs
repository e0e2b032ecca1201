using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>
/// Activations that look like a residual stream: a mean far from 0, a spectrum that falls, sparse features that stay on for some columns.
/// </summary>
internal static class SyntheticActivations
{
    public static ActivationSource Source(int columns, int width, ActivationDType dtype = ActivationDType.Float32) => new()
    {
        Model = "toy",
        ModelHash = "aa",
        Dataset = "made-up",
        DatasetHash = "bb",
        Split = "sae-train",
        Layer = 4,
        Hook = "layers.4.resid_post",
        ColumnsPerClip = columns,
        Width = width,
        DType = dtype,
    };

    private const int Features = 64;

    public static ActivationStore Make(string folder, int clips, int columns, int width)
    {
        using (var writer = ActivationStoreWriter.Create(folder, Source(columns, width), clips))
        {
            var random = new Random(1);
            var directions = Enumerable.Range(0, Features).Select(_ => Gaussian(random, width, 1)).ToArray();
            var mean = Gaussian(random, width, 3);
            for (var clip = 0; clip < clips; clip++)
            {
                using var tensor = empty(columns, width);
                Fill(TensorData.AsSpan(tensor), columns, width, directions, mean, random);
                writer.Append(clip * 2, "sae-train", tensor, $"clip-{clip}");
            }
            writer.Complete();
        }
        return ActivationStore.Open(folder);
    }

    private static void Fill(Span<float> target, int columns, int width, float[][] directions, float[] mean, Random random)
    {
        var strengths = new float[directions.Length];
        for (var column = 0; column < columns; column++)
        {
            for (var j = 0; j < strengths.Length; j++)
            {
                // On average 6 of 64 are on, for about 16 columns each.
                if (strengths[j] > 0 && random.NextDouble() < 1.0 / 16)
                    strengths[j] = 0;
                else if (strengths[j] == 0 && random.NextDouble() < 6.0 / 16 / strengths.Length)
                    strengths[j] = (float)(4 + 8 * random.NextDouble()) / (1 + j * 8f / strengths.Length);
            }
            for (var d = 0; d < width; d++)
            {
                var value = mean[d] + 0.1f * (float)(random.NextDouble() + random.NextDouble() - 1);
                for (var j = 0; j < strengths.Length; j++)
                    value += strengths[j] * directions[j][d];
                target[column * width + d] = value;
            }
        }
    }

    private static float[] Gaussian(Random random, int width, double norm)
    {
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var row = Enumerable.Range(0, width).Select(_ => Normal()).ToArray();
        var scale = norm / Math.Sqrt(row.Sum(value => value * value));
        return [.. row.Select(value => (float)(value * scale))];
    }
}
