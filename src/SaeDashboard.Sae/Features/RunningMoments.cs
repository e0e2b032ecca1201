namespace SaeDashboard.Sae.Features;

/// <summary>
/// Count, maximum and the first four central moments of every feature's positive activations, in one pass and float64
/// (update formulas: Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments", 2008).
/// </summary>
internal sealed class RunningMoments(int features)
{
    private readonly long[] countOf = new long[features];
    private readonly float[] maximumOf = new float[features];
    private readonly double[] meanOf = new double[features];
    private readonly double[] m2 = new double[features];
    private readonly double[] m3 = new double[features];
    private readonly double[] m4 = new double[features];

    public long Count(int feature) => countOf[feature];

    public float Maximum(int feature) => maximumOf[feature];

    public double Mean(int feature) => meanOf[feature];

    /// <summary>Population variance (divided by n).</summary>
    public double Variance(int feature) => countOf[feature] == 0 ? 0 : m2[feature] / countOf[feature];

    /// <summary>√n·M3 / M2^1.5; 0 where the activations do not vary.</summary>
    public double Skewness(int feature) =>
        Varies(feature) ? Math.Sqrt(countOf[feature]) * m3[feature] / Math.Pow(m2[feature], 1.5) : 0;

    /// <summary>Excess kurtosis n·M4 / M2² − 3 (0 for a normal distribution); 0 where the activations do not vary.</summary>
    public double Kurtosis(int feature) =>
        Varies(feature) ? countOf[feature] * m4[feature] / (m2[feature] * m2[feature]) - 3 : 0;

    public void Add(int feature, float value)
    {
        var before = (double)countOf[feature]++;
        var n = before + 1;
        var delta = value - meanOf[feature];
        var step = delta / n;
        var stepSquared = step * step;
        var term = delta * step * before;
        meanOf[feature] += step;
        m4[feature] += term * stepSquared * (n * n - 3 * n + 3) + 6 * stepSquared * m2[feature] - 4 * step * m3[feature];
        m3[feature] += term * step * (n - 2) - 3 * step * m2[feature];
        m2[feature] += term;
        maximumOf[feature] = Math.Max(maximumOf[feature], value);
    }

    // Equal values leave rounding noise in M2; below it skewness and kurtosis are noise over noise.
    private bool Varies(int feature) =>
        countOf[feature] > 1 && m2[feature] > 1e-20 * countOf[feature] * meanOf[feature] * meanOf[feature];
}
