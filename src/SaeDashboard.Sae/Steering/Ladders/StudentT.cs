namespace SaeDashboard.Sae.Steering.Ladders;

/// <summary>Student's t: intervals of a mean over few pairs, where a bootstrap is too narrow.</summary>
public static class StudentT
{
    // Lentz's fraction converges in some tens of steps for every df and t that occur here.
    private const int MostSteps = 1000;

    private const double Precision = 1e-14, Tiny = 1e-300;

    private static readonly double[] Lanczos =
        [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];

    /// <summary>The mean with its interval.</summary>
    /// <param name="values">At least two.</param>
    /// <param name="level">The share of intervals that hold the true mean: 0.95.</param>
    public static (double Mean, double Low, double High) Interval(IReadOnlyList<double> values, double level)
    {
        var (mean, error) = Error(values);
        var half = Quantile(0.5 + level / 2, values.Count - 1) * error;
        return (mean, mean - half, mean + half);
    }

    /// <summary>The two-sided p-value of a mean other than 0; 1 where all values are 0.</summary>
    /// <param name="values">At least two.</param>
    public static double PValue(IReadOnlyList<double> values)
    {
        var (mean, error) = Error(values);
        if (error == 0) return mean == 0 ? 1 : 0;
        return 2 * Upper(Math.Abs(mean / error), values.Count - 1);
    }

    /// <summary>The value below which t is with a probability.</summary>
    /// <param name="probability">0.5 to 1, without 1.</param>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Quantile(double probability, int freedom)
    {
        if (!(probability is >= 0.5 and < 1)) throw new ArgumentOutOfRangeException(nameof(probability), probability, "0.5 to 1.");
        ArgumentOutOfRangeException.ThrowIfLessThan(freedom, 1);
        var upper = 1 - probability;
        var (low, high) = (0.0, 1.0);
        while (Upper(high, freedom) > upper && high < 1e12) (low, high) = (high, 2 * high);
        for (var step = 0; step < 200 && high - low > 1e-13 * high; step++)
        {
            var middle = (low + high) / 2;
            if (Upper(middle, freedom) > upper) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>The probability that t is at least a value ≥ 0: half the regularized incomplete beta function at df / (df + t²).</summary>
    internal static double Upper(double t, int freedom)
    {
        if (t == 0) return 0.5;
        var x = freedom / (freedom + t * t);
        return 0.5 * IncompleteBeta(freedom / 2.0, 0.5, x, 1 / (1 + freedom / (t * t)));
    }

    private static (double Mean, double Error) Error(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Count, 2);
        var mean = values.Average();
        var squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, Math.Sqrt(squares / (values.Count - 1) / values.Count));
    }

    /// <summary>I_x(a, b) by the continued fraction of Numerical Recipes 6.4; y is 1 − x, which would lose digits if it were computed here.</summary>
    private static double IncompleteBeta(double a, double b, double x, double y)
    {
        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(y));
        return x < (a + 1) / (a + b + 2) ? front * Fraction(a, b, x) / a : 1 - front * Fraction(b, a, y) / b;
    }

    private static double Fraction(double a, double b, double x)
    {
        double c = 1, d = Safe(1 - (a + b) * x / (a + 1));
        d = 1 / d;
        var result = d;
        for (var m = 1; m <= MostSteps; m++)
        {
            var even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / Safe(1 + even * d);
            c = Safe(1 + even / c);
            result *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / Safe(1 + odd * d);
            c = Safe(1 + odd / c);
            result *= d * c;
            if (Math.Abs(d * c - 1) < Precision) break;
        }
        return result;
    }

    private static double Safe(double value) => Math.Abs(value) < Tiny ? Tiny : value;

    /// <summary>ln Γ(x) for x ≥ 0.5 (Lanczos, g = 7).</summary>
    private static double LogGamma(double x)
    {
        var sum = Lanczos[0];
        for (var i = 1; i < Lanczos.Length; i++) sum += Lanczos[i] / (x - 1 + i);
        var t = x - 1 + 7.5;
        return 0.5 * Math.Log(2 * Math.PI) + (x - 0.5) * Math.Log(t) - t + Math.Log(sum);
    }
}
