using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

/// <summary>Plain float64 computations to hold libtorch's float32 ones against, and how near they must be.</summary>
internal static class Reference
{
    /// <summary>Numbers between −1 and 1 that every run gets alike.</summary>
    internal static float[] Numbers(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    /// <summary>The product of [rows, inner] and [inner, columns].</summary>
    internal static double[] Product(float[] left, float[] right, int rows, int inner, int columns)
    {
        var product = new double[rows * columns];
        for (var i = 0; i < rows; i++)
            for (var k = 0; k < inner; k++)
                for (var j = 0; j < columns; j++)
                    product[i * columns + j] += (double)left[i * inner + k] * right[k * columns + j];
        return product;
    }

    /// <summary>Asserts max|a − b| ≤ tolerance · max(1, max|b|).</summary>
    internal static void Near(IEnumerable<double> expected, Tensor actual, double tolerance = 1e-5)
    {
        var wanted = expected.ToArray();
        var got = TensorData.ToArray(actual);
        Assert.Equal(wanted.Length, got.Length);
        var scale = Math.Max(1, wanted.Length == 0 ? 1 : wanted.Max(Math.Abs));
        for (var i = 0; i < wanted.Length; i++)
            Assert.True(Math.Abs(wanted[i] - got[i]) <= tolerance * scale, $"element {i}: {got[i]} instead of {wanted[i]}");
    }

    /// <summary>
    /// The gradient of a function of one float64 tensor by central differences, element by element.
    /// </summary>
    internal static double[] Differences(Func<Tensor, Tensor> function, Tensor at, double step = 1e-6)
    {
        using var quiet = no_grad();
        var gradient = new double[at.numel()];
        for (var i = 0; i < gradient.Length; i++)
        {
            using var scope = NewDisposeScope();
            var flat = at.detach().clone().view(-1);
            var centre = flat[i].ToDouble();
            flat[i] = tensor(centre + step);
            var above = function(flat.view(at.shape)).ToDouble();
            flat[i] = tensor(centre - step);
            var below = function(flat.view(at.shape)).ToDouble();
            gradient[i] = (above - below) / (2 * step);
        }
        return gradient;
    }
}
