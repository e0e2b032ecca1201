using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// Arithmetic on rows whose result for a row depends on nothing but that row: not on how many there are, nor on its place
/// among them, nor on the number of threads, nor on the BLAS.
/// </summary>
/// <remarks>
/// A BLAS chooses its kernel by the matrices' sizes, so a row multiplied alone, among 4, among 16 and among 32 gives results that differ in
/// their last bits. It also packs the whole weight for every product, which for a handful of rows costs more than the product itself. Here
/// every output is one chain of fused multiply-adds in order of the inputs, and each weight is read once for all rows.
/// </remarks>
internal static unsafe class RowArithmetic
{
    private const int RowsOfANorm = RowMoments.MostRows;

    /// <param name="x"><c>[rows, inputs]</c>, contiguous float32 in host memory.</param>
    /// <param name="weight">The weight.</param>
    /// <returns><c>[rows, outputs]</c>.</returns>
    public static Tensor Multiply(Tensor x, PanelWeight weight)
    {
        var from = (float*)TensorData.Address(x);
        var count = x.numel();
        var rows = checked((int)(count / weight.Inputs));
        if ((long)rows * weight.Inputs != count)
            throw new ArgumentException($"{count} numbers do not make rows for a weight of {weight.Inputs} inputs.", nameof(x));
        var result = empty(rows, weight.Outputs);
        using var measure = StepProfile.Measure(StepPart.Products);
        RowProduct.Multiply(from, rows, weight, (float*)TensorData.UncheckedAddress(result));
        return result;
    }

    /// <summary>x += part, both contiguous and of one shape.</summary>
    public static void Add(Tensor x, Tensor part)
    {
        Span<float> to = TensorData.AsSpan(x), from = TensorData.AsSpan(part);
        var index = 0;
        for (; index + Vector256<float>.Count <= to.Length; index += Vector256<float>.Count)
            (Vector256.Create<float>(to[index..]) + Vector256.Create<float>(from[index..])).CopyTo(to[index..]);
        for (; index < to.Length; index++) to[index] += from[index];
    }

    /// <summary>Layer norm; libtorch would wake a thread for every row.</summary>
    /// <param name="x"><c>[rows, width]</c>, contiguous.</param>
    /// <param name="norm">Its weights.</param>
    public static Tensor Normalize(Tensor x, LayerNorm norm)
    {
        var (rows, width) = ((int)x.shape[0], (int)x.shape[1]);
        var result = empty(rows, width);
        ReadOnlySpan<float> from = TensorData.AsSpan(x), weight = TensorData.AsSpan(norm.Weight), bias = TensorData.AsSpan(norm.Bias);
        var to = TensorData.AsSpan(result);
        Span<double> means = stackalloc double[RowsOfANorm], scales = stackalloc double[RowsOfANorm];
        for (var first = 0; first < rows; first += RowsOfANorm)
        {
            var count = Math.Min(RowsOfANorm, rows - first);
            RowMoments.Of(from.Slice(first * width, count * width), width, means, scales);
            for (var row = 0; row < count; row++)
            {
                var start = (first + row) * width;
                RowMoments.Apply(from.Slice(start, width), means[row], scales[row], weight, bias, to.Slice(start, width));
            }
        }
        return result;
    }

    /// <summary>T5's norm: w · x / √(mean(x²) + ε), without a mean taken off.</summary>
    /// <param name="x"><c>[rows, width]</c>, contiguous.</param>
    /// <param name="weight"><c>[width]</c>.</param>
    /// <param name="epsilon">ε.</param>
    public static Tensor NormalizeBySquares(Tensor x, Tensor weight, double epsilon)
    {
        var (rows, width) = ((int)x.shape[0], (int)x.shape[1]);
        var result = empty(rows, width);
        ReadOnlySpan<float> from = TensorData.AsSpan(x), by = TensorData.AsSpan(weight);
        var to = TensorData.AsSpan(result);
        for (var start = 0; start < from.Length; start += width)
        {
            var row = from.Slice(start, width);
            double squares = 0;
            foreach (var value in row) squares += (double)value * value;
            var scale = 1 / Math.Sqrt(squares / width + epsilon);
            for (var index = 0; index < width; index++) to[start + index] = (float)(row[index] * scale) * by[index];
        }
        return result;
    }
}
