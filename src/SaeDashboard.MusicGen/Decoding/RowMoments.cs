using System.Runtime.Intrinsics;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// A layer norm's mean and scale in float64. A row's sum is one chain in the order of its elements, so a row alone waits for every
/// addition; four rows go side by side, each in a place of a vector of its own.
/// </summary>
internal static class RowMoments
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
        var sum = Vector256<double>.Zero;
        for (var index = 0; index < a.Length; index++) sum += Vector256.Create((double)a[index], b[index], c[index], d[index]);
        var mean = sum / Vector256.Create((double)width);
        var squares = Vector256<double>.Zero;
        for (var index = 0; index < a.Length; index++)
        {
            var off = Vector256.Create((double)a[index], b[index], c[index], d[index]) - mean;
            // Multiplied, rounded, added: not fused.
            var square = off * off;
            squares += square;
        }
        for (var row = 0; row < count; row++)
        {
            means[row] = mean[row];
            scales[row] = 1 / Math.Sqrt(squares[row] / width + LayerNorm.Epsilon);
        }
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
