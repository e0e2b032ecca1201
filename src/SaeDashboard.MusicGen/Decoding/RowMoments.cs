using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// A layer norm's mean and scale in float64. A row's sum is one chain in the order of its elements, so a row alone waits for every
/// addition; four rows go side by side, each in a place of a vector of its own.
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
        // Places without a row of their own repeat the first.
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

    /// <summary>The next four elements of four rows as four columns: element by element these would be eight instructions each.</summary>
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
