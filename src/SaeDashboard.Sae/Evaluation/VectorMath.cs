using System.Numerics;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>The few float64 vector operations that the eigensolver and the meters live on, in the processor's vector width.</summary>
internal static class VectorMath
{
    /// <summary>Σ aᵢ·bᵢ over b's length.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var width = Vector<double>.Count;
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= b.Length - width; i += width)
            sum += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
        var total = Vector.Sum(sum);
        for (; i < b.Length; i++)
            total += a[i] * b[i];
        return total;
    }

    /// <summary>target += factor·source.</summary>
    public static void AddScaled(Span<double> target, double factor, ReadOnlySpan<double> source)
    {
        var width = Vector<double>.Count;
        var i = 0;
        for (; i <= source.Length - width; i += width)
            (new Vector<double>(target[i..]) + factor * new Vector<double>(source[i..])).CopyTo(target[i..]);
        for (; i < source.Length; i++)
            target[i] += factor * source[i];
    }

    /// <summary>target ·= factor.</summary>
    public static void Scale(Span<double> target, double factor)
    {
        for (var i = 0; i < target.Length; i++)
            target[i] *= factor;
    }

    /// <summary>(low, high) ← (cosine·low − sine·high, sine·low + cosine·high).</summary>
    public static void Rotate(Span<double> low, Span<double> high, double cosine, double sine)
    {
        var width = Vector<double>.Count;
        var i = 0;
        for (; i <= low.Length - width; i += width)
        {
            var a = new Vector<double>(low[i..]);
            var b = new Vector<double>(high[i..]);
            (cosine * a - sine * b).CopyTo(low[i..]);
            (sine * a + cosine * b).CopyTo(high[i..]);
        }

        for (; i < low.Length; i++)
            (low[i], high[i]) = (cosine * low[i] - sine * high[i], sine * low[i] + cosine * high[i]);
    }
}
