using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// Arithmetic on few rows whose result for a row depends on nothing but that row: not on how many there are, nor on its place
/// among them, nor on the number of threads, nor on the BLAS.
/// </summary>
/// <remarks>
/// A BLAS chooses its kernel by the matrices' sizes: with OpenBLAS 0.3.21 a row multiplied alone, among 4, among 16 and among 32
/// gives results that differ in their last bits. It also packs the whole weight anew for every product, which for a handful of
/// rows costs more than the product itself. Here every output is one chain of fused multiply-adds in order of the inputs, and
/// each weight is read once for all rows.
/// </remarks>
internal static unsafe class RowArithmetic
{
    private const int Lane = 8;

    // Columns of one pass: four rows of the weight (4 KB) and two of the result stay in the first-level cache.
    private const int ColumnBlock = 256;

    // Below this many weights, starting another thread costs more than it saves.
    private const long WeightsWorthAThread = 1 << 20;

    /// <param name="x"><c>[rows, inputs]</c>, contiguous float32 in host memory.</param>
    /// <param name="weight"><c>[inputs, outputs]</c>, likewise.</param>
    /// <returns><c>[rows, outputs]</c>.</returns>
    public static Tensor Multiply(Tensor x, Tensor weight)
    {
        var (rows, inputs, outputs) = ((int)x.shape[0], (int)x.shape[1], (int)weight.shape[1]);
        if (weight.shape[0] != inputs)
            throw new ArgumentException($"[{rows}, {inputs}] rows for a weight of {weight.shape[0]} inputs.", nameof(x));
        var result = zeros(rows, outputs);
        fixed (float* from = TensorData.AsSpan(x), by = TensorData.AsSpan(weight), to = TensorData.AsSpan(result))
        {
            var threads = (int)Math.Min(TorchRuntime.Threads, (long)inputs * outputs / WeightsWorthAThread);
            if (threads < 2)
            {
                Accumulate(from, by, to, rows, inputs, outputs, 0, outputs);
            }
            else
            {
                var (a, b, c) = ((nint)from, (nint)by, (nint)to);
                var share = (outputs / threads + ColumnBlock - 1) / ColumnBlock * ColumnBlock;
                int Start(int part) => part == threads ? outputs : Math.Min(part * share, outputs);
                Parallel.For(0, threads, part =>
                    Accumulate((float*)a, (float*)b, (float*)c, rows, inputs, outputs, Start(part), Start(part + 1)));
            }
        }
        return result;
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
        for (var start = 0; start < from.Length; start += width)
        {
            var row = from.Slice(start, width);
            double sum = 0, squares = 0;
            foreach (var value in row) sum += value;
            var mean = sum / width;
            foreach (var value in row) squares += (value - mean) * (value - mean);
            var scale = 1 / Math.Sqrt(squares / width + LayerNorm.Epsilon);
            for (var index = 0; index < width; index++)
                to[start + index] = (float)((row[index] - mean) * scale) * weight[index] + bias[index];
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

    /// <summary>to[r, c] += Σ_k from[r, k] · by[k, c] for columns <paramref name="first"/> … <paramref name="end"/> − 1.</summary>
    private static void Accumulate(float* from, float* by, float* to, int rows, int inputs, int outputs, int first, int end)
    {
        var fours = inputs / 4 * 4;
        for (var k = 0; k < inputs; k += k < fours ? 4 : 1)
        {
            for (var column = first; column < end; column += ColumnBlock)
            {
                var columns = Math.Min(ColumnBlock, end - column);
                float* weights = by + (long)k * outputs + column, results = to + column;
                var row = 0;
                if (k < fours)
                {
                    for (; row + 1 < rows; row += 2)
                        TwoRows(from + (long)row * inputs + k, inputs, weights, results + (long)row * outputs, outputs, columns);
                }
                for (; row < rows; row++)
                    OneRow(from + (long)row * inputs + k, weights, results + (long)row * outputs, outputs, columns, k < fours ? 4 : 1);
            }
        }
    }

    private static void TwoRows(float* x, int inputs, float* w, float* y, int outputs, int columns)
    {
        float* other = x + inputs, below = y + outputs;
        float* w1 = w + outputs, w2 = w1 + outputs, w3 = w2 + outputs;
        Vector256<float> x0 = Vector256.Create(x[0]), x1 = Vector256.Create(x[1]), x2 = Vector256.Create(x[2]), x3 = Vector256.Create(x[3]);
        Vector256<float> z0 = Vector256.Create(other[0]), z1 = Vector256.Create(other[1]);
        Vector256<float> z2 = Vector256.Create(other[2]), z3 = Vector256.Create(other[3]);
        var column = 0;
        for (; column + Lane <= columns; column += Lane)
        {
            Vector256<float> v0 = Vector256.Load(w + column), v1 = Vector256.Load(w1 + column);
            Vector256<float> v2 = Vector256.Load(w2 + column), v3 = Vector256.Load(w3 + column);
            var sum = Vector256.FusedMultiplyAdd(x0, v0, Vector256.Load(y + column));
            var sumBelow = Vector256.FusedMultiplyAdd(z0, v0, Vector256.Load(below + column));
            sum = Vector256.FusedMultiplyAdd(x1, v1, sum);
            sumBelow = Vector256.FusedMultiplyAdd(z1, v1, sumBelow);
            sum = Vector256.FusedMultiplyAdd(x2, v2, sum);
            sumBelow = Vector256.FusedMultiplyAdd(z2, v2, sumBelow);
            Vector256.FusedMultiplyAdd(x3, v3, sum).Store(y + column);
            Vector256.FusedMultiplyAdd(z3, v3, sumBelow).Store(below + column);
        }
        if (column == columns) return;
        Leftover(x, w, y, outputs, column, columns, 4);
        Leftover(other, w, below, outputs, column, columns, 4);
    }

    private static void OneRow(float* x, float* w, float* y, int outputs, int columns, int inputs)
    {
        var column = 0;
        for (; column + Lane <= columns; column += Lane)
        {
            var sum = Vector256.Load(y + column);
            for (var k = 0; k < inputs; k++)
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(x[k]), Vector256.Load(w + (long)k * outputs + column), sum);
            sum.Store(y + column);
        }
        Leftover(x, w, y, outputs, column, columns, inputs);
    }

    private static void Leftover(float* x, float* w, float* y, int outputs, int column, int columns, int inputs)
    {
        for (; column < columns; column++)
        {
            for (var k = 0; k < inputs; k++) y[column] = MathF.FusedMultiplyAdd(x[k], w[(long)k * outputs + column], y[column]);
        }
    }
}
