using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>Count, sum and second moment Σxxᵀ of columns, streamed in float64: all that PCA and its error need.</summary>
public sealed class SecondMoments(int width)
{
    private readonly double[] sums = new double[width];
    private readonly double[] productSums = new double[width * width];

    /// <summary>Width d.</summary>
    public int Width { get; } = width;

    /// <summary>Columns added.</summary>
    public long Count { get; private set; }

    /// <summary>E x [d].</summary>
    public double[] Mean() => [.. sums.Select(sum => sum / Count)];

    /// <summary>Adds columns <c>[n, d]</c>.</summary>
    public void Add(Tensor columns)
    {
        if (columns.size(0) == 0)
            return;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var exact = columns.to(ScalarType.Float64);
        // [0], not 0: a literal 0 would choose the overload that takes a dtype.
        var sum = exact.sum([0]).contiguous();
        var products = exact.transpose(0, 1).mm(exact).contiguous();
        Add(sums, MemoryMarshal.Cast<byte, double>(sum.bytes));
        Add(productSums, MemoryMarshal.Cast<byte, double>(products.bytes));
        Count += columns.size(0);
    }

    /// <summary>E (x − centre)(x − centre)ᵀ, <c>[d, d]</c> row-major: the covariance when the centre is the mean.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public double[] About(ReadOnlySpan<double> centre)
    {
        if (Count == 0)
            throw new InvalidOperationException("No column was added.");
        var mean = Mean();
        var result = new double[Width * Width];
        for (var i = 0; i < Width; i++)
        {
            var row = result.AsSpan(i * Width, Width);
            for (var j = 0; j < Width; j++)
            {
                // E[xxᵀ] − mμᵀ − μmᵀ + mmᵀ, entry by entry.
                row[j] = productSums[i * Width + j] / Count - centre[i] * mean[j] - mean[i] * centre[j] + centre[i] * centre[j];
            }
        }

        return result;
    }

    // A row at a time: above 256 KB, TensorPrimitives writes past the cache, and the next clip's sums would come from memory.
    private void Add(double[] target, ReadOnlySpan<double> values)
    {
        for (var at = 0; at < target.Length; at += Width)
            TensorPrimitives.Add(target.AsSpan(at, Width), values.Slice(at, Width), target.AsSpan(at, Width));
    }
}
