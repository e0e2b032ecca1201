using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// Arithmetic on rows. The result for a row depends on that row only: not on the number of rows, its position, the number of threads or
/// the BLAS.
/// </summary>
/// <remarks>
/// A BLAS chooses its kernel by the matrices' sizes, so a row multiplied alone, among 4, 16 or 32 gives results that differ in the last
/// bits. It also packs the whole weight for every product, which for a few rows costs more than the product itself. Here every output is
/// one chain of fused multiply-adds in the order of the inputs, and each weight is read once for all rows.
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

    /// <summary>Layer norm; libtorch would start a thread for every row.</summary>
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

    /// <summary>T5's norm: w · x / √(mean(x²) + ε), without subtracting the mean.</summary>
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

/// <summary>A product of rows and a <see cref="PanelWeight"/>, panel by panel. Reused by one thread.</summary>
internal sealed unsafe class RowProduct : PoolWork
{
    // Below this many bytes of weights, distributing the work costs more than it saves.
    private const long BytesWorthAThread = 128 << 10;

    // Bytes of weights that a thread takes at a time.
    private const long BytesOfAPart = 64 << 10;

    [ThreadStatic]
    private static RowProduct? mine;

    private PanelWeight weight = null!;
    private float* x, y;
    private int rows, panelsOfAPart;

    /// <param name="x"><c>[rows, inputs]</c>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="y"><c>[rows, outputs]</c>, written.</param>
    public static void Multiply(float* x, int rows, PanelWeight weight, float* y)
    {
        var product = mine ??= new RowProduct();
        product.x = x;
        product.y = y;
        (product.rows, product.weight) = (rows, weight);
        var isSmall = weight.Bytes * Math.Max(1, rows / 2) < BytesWorthAThread;
        product.panelsOfAPart = isSmall ? weight.Panels : (int)Math.Max(1, BytesOfAPart / weight.PanelBytes);
        WorkerPool.Run(product, (weight.Panels + product.panelsOfAPart - 1) / product.panelsOfAPart);
    }

    protected override void Part(int part)
    {
        var end = Math.Min((part + 1) * panelsOfAPart, this.weight.Panels);
        for (var panel = part * panelsOfAPart; panel < end; panel++) Panel(panel);
    }

    private void Panel(int panel)
    {
        const int width = PanelProduct.Width;
        const int rowsAtOnce = 8;
        var outputs = this.weight.Outputs;
        var columns = Math.Min(width, outputs - panel * width);
        if (columns == width)
        {
            Kernel(panel, this.x, this.rows, this.y + panel * width, outputs);
            return;
        }
        // The padding of the last panel is not part of the result.
        var whole = stackalloc float[rowsAtOnce * width];
        for (var row = 0; row < this.rows; row += rowsAtOnce)
        {
            var count = Math.Min(rowsAtOnce, this.rows - row);
            Kernel(panel, this.x + (long)row * this.weight.Inputs, count, whole, width);
            for (var one = 0; one < count; one++)
                new ReadOnlySpan<float>(whole + one * width, columns).CopyTo(new Span<float>(this.y + (long)(row + one) * outputs + panel * width, columns));
        }
    }

    private void Kernel(int panel, float* from, int count, float* to, int stride) =>
        PanelProduct.Multiply(from, count, this.weight.Inputs, this.weight.Panel(panel), this.weight.IsBFloat16, this.weight.Inputs, to, stride);
}

/// <summary>
/// A layer norm's mean and scale in float64. A row's sum is one chain in the order of its elements, so a single row waits for every
/// addition; four rows are summed in parallel, one per vector element.
/// </summary>
internal static unsafe class RowMoments
{
    /// <summary>Rows of one call.</summary>
    public const int MostRows = 4;

    /// <param name="rows">One to four rows, one after the other.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="means">Receives each row's mean.</param>
    /// <param name="scales">Receives each row's 1/√(variance + ε).</param>
    public static void Of(ReadOnlySpan<float> rows, int width, Span<double> means, Span<double> scales)
    {
        var count = rows.Length / width;
        // Unused elements repeat the first row.
        ReadOnlySpan<float> a = rows[..width];
        var b = count > 1 ? rows.Slice(width, width) : a;
        var c = count > 2 ? rows.Slice(2 * width, width) : a;
        var d = count > 3 ? rows.Slice(3 * width, width) : a;
        Vector256<double> mean, squares;
        fixed (float* first = a, second = b, third = c, fourth = d)
        {
            var sum = Vector256<double>.Zero;
            var index = 0;
            for (; Avx.IsSupported && index + MostRows <= width; index += MostRows)
            {
                Columns(first + index, second + index, third + index, fourth + index, out var v0, out var v1, out var v2, out var v3);
                sum = sum + v0 + v1 + v2 + v3;
            }
            for (; index < width; index++) sum += Vector256.Create((double)first[index], second[index], third[index], fourth[index]);
            mean = sum / Vector256.Create((double)width);
            squares = Vector256<double>.Zero;
            index = 0;
            for (; Avx.IsSupported && index + MostRows <= width; index += MostRows)
            {
                Columns(first + index, second + index, third + index, fourth + index, out var v0, out var v1, out var v2, out var v3);
                squares = squares + Square(v0 - mean) + Square(v1 - mean) + Square(v2 - mean) + Square(v3 - mean);
            }
            for (; index < width; index++) squares += Square(Vector256.Create((double)first[index], second[index], third[index], fourth[index]) - mean);
        }
        for (var row = 0; row < count; row++)
        {
            means[row] = mean[row];
            scales[row] = 1 / Math.Sqrt(squares[row] / width + LayerNorm.Epsilon);
        }
    }

    // Multiplied, rounded, then added by the caller: not fused.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Square(Vector256<double> off) => off * off;

    /// <summary>The next four elements of four rows, transposed: element by element this takes eight instructions each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(float* a, float* b, float* c, float* d, out Vector256<double> v0, out Vector256<double> v1, out Vector256<double> v2, out Vector256<double> v3)
    {
        Vector128<float> first = Vector128.Load(a), second = Vector128.Load(b), third = Vector128.Load(c), fourth = Vector128.Load(d);
        Vector128<float> abLow = Sse.UnpackLow(first, second), abHigh = Sse.UnpackHigh(first, second);
        Vector128<float> cdLow = Sse.UnpackLow(third, fourth), cdHigh = Sse.UnpackHigh(third, fourth);
        v0 = Avx.ConvertToVector256Double(Sse.MoveLowToHigh(abLow, cdLow));
        v1 = Avx.ConvertToVector256Double(Sse.MoveHighToLow(cdLow, abLow));
        v2 = Avx.ConvertToVector256Double(Sse.MoveLowToHigh(abHigh, cdHigh));
        v3 = Avx.ConvertToVector256Double(Sse.MoveHighToLow(cdHigh, abHigh));
    }

    /// <summary>to = (row − mean) · scale, rounded to float32, times the weight, plus the bias.</summary>
    public static void Apply(ReadOnlySpan<float> row, double mean, double scale, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> to)
    {
        var index = 0;
        var (means, scales) = (Vector256.Create(mean), Vector256.Create(scale));
        for (; index + Vector256<float>.Count <= row.Length; index += Vector256<float>.Count)
        {
            var (lower, upper) = Vector256.Widen(Vector256.Create(row[index..]));
            var normed = Vector256.Narrow((lower - means) * scales, (upper - means) * scales);
            var scaled = normed * Vector256.Create(weight[index..]);
            (scaled + Vector256.Create(bias[index..])).CopyTo(to[index..]);
        }
        for (; index < row.Length; index++) to[index] = (float)((row[index] - mean) * scale) * weight[index] + bias[index];
    }
}
