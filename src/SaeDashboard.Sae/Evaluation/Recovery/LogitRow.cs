using System.Numerics;

namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>
/// Figures of a row of logits, in float64: float32 sums over a vocabulary of thousands would hide a divergence of 1e-6.
/// </summary>
internal static class LogitRow
{
    /// <summary>Writes the row's probabilities and returns ln Σ exp(logits).</summary>
    /// <param name="logits">The row.</param>
    /// <param name="probabilities">Receives the probabilities, as many as logits.</param>
    public static double Softmax(ReadOnlySpan<float> logits, Span<double> probabilities)
    {
        var largest = TensorPrimitives.Max(logits);
        var sum = Exponentials(logits, largest, probabilities);
        TensorPrimitives.Multiply(probabilities[..logits.Length], 1 / sum, probabilities);
        return largest + Math.Log(sum);
    }

    /// <summary>ln Σ exp(logits).</summary>
    public static double LogSum(ReadOnlySpan<float> logits, Span<double> scratch)
    {
        var largest = TensorPrimitives.Max(logits);
        return largest + Math.Log(Exponentials(logits, largest, scratch));
    }

    /// <summary>
    /// KL(p‖q) = Σ p·(a − b) + logSumB − logSumA, in nats, for p = softmax(a), q = softmax(b). Differences first, so that two rows that are
    /// nearly the same do not cancel.
    /// </summary>
    public static double Divergence(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<float> a, double logSumA, ReadOnlySpan<float> b, double logSumB)
    {
        var step = Vector<float>.Count;
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= a.Length - step; i += step)
        {
            Vector.Widen(new Vector<float>(a[i..]), out var lowA, out var highA);
            Vector.Widen(new Vector<float>(b[i..]), out var lowB, out var highB);
            sum += new Vector<double>(probabilities[i..]) * (lowA - lowB);
            sum += new Vector<double>(probabilities[(i + step / 2)..]) * (highA - highB);
        }

        var total = Vector.Sum(sum);
        for (; i < a.Length; i++)
            total += probabilities[i] * ((double)a[i] - b[i]);
        return total + logSumB - logSumA;
    }

    /// <summary>Mean of |a − b| over the row.</summary>
    public static double MeanAbsoluteChange(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += Math.Abs((double)a[i] - b[i]);
        return sum / a.Length;
    }

    private static double Exponentials(ReadOnlySpan<float> logits, double largest, Span<double> results)
    {
        results = results[..logits.Length];
        TensorPrimitives.ConvertTruncating(logits, results);
        TensorPrimitives.Subtract(results, largest, results);
        TensorPrimitives.Exp(results, results);
        return TensorPrimitives.Sum<double>(results);
    }
}
