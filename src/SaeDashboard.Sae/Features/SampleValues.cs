using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// All values of every feature, up to a budget over all features: percentiles are then exact. When the budget is exceeded, every feature
/// keeps a uniform random sample of equal size (reservoir sampling, Vitter's algorithm R, seeded), and <see cref="Exact"/> is false.
/// </summary>
internal sealed class SampleValues
{
    private const ulong Stream = 0x5A3F;
    private readonly float[][] valuesOf;
    private readonly int[] keptOf;
    private readonly long[] seenOf;
    private readonly long allowed;
    private long total;
    private int capacity = int.MaxValue;
    private ulong draws;

    /// <param name="features">Number of features F.</param>
    /// <param name="budget">Values stored over all features (4 bytes each).</param>
    public SampleValues(int features, long budget)
    {
        valuesOf = new float[features][];
        Array.Fill(valuesOf, []);
        keptOf = new int[features];
        seenOf = new long[features];
        allowed = budget;
    }

    /// <summary>Whether every value is stored.</summary>
    public bool Exact => capacity == int.MaxValue;

    /// <summary>The number of values added for a feature.</summary>
    public long Seen(int feature) => seenOf[feature];

    /// <summary>The stored values, in arbitrary order.</summary>
    public Span<float> Of(int feature) => valuesOf[feature].AsSpan(0, keptOf[feature]);

    public void Add(int feature, float value)
    {
        var seen = ++seenOf[feature];
        var kept = keptOf[feature];
        if (kept >= capacity)
        {
            var place = (long)(Next() % (ulong)seen);
            if (place < capacity)
                valuesOf[feature][place] = value;
            return;
        }

        if (kept == valuesOf[feature].Length)
            Array.Resize(ref valuesOf[feature], Math.Min(capacity, Math.Max(16, kept * 2)));
        valuesOf[feature][kept] = value;
        keptOf[feature] = kept + 1;
        if (++total > allowed && Exact)
            BecomeReservoirs();
    }

    /// <summary>
    /// The percentile <paramref name="fraction"/> (0.99 for p99) by linear interpolation between order statistics, position fraction·(n −
    /// 1).
    /// </summary>
    public float Percentile(int feature, double fraction)
    {
        var values = Of(feature);
        if (values.IsEmpty)
            return 0;
        values.Sort();
        var position = fraction * (values.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, values.Length - 1);
        return (float)(values[below] + (position - below) * ((double)values[above] - values[below]));
    }

    private void BecomeReservoirs()
    {
        capacity = (int)Math.Clamp(allowed / valuesOf.Length, 1, int.MaxValue - 1);
        for (var feature = 0; feature < valuesOf.Length; feature++)
        {
            if (keptOf[feature] <= capacity)
                continue;
            // The first `capacity` values of a random shuffle are a uniform sample, as algorithm R would have stored.
            var values = Of(feature);
            for (var i = 0; i < capacity; i++)
            {
                var other = i + (int)(Next() % (ulong)(values.Length - i));
                (values[i], values[other]) = (values[other], values[i]);
            }

            Array.Resize(ref valuesOf[feature], capacity);
            keptOf[feature] = capacity;
        }
    }

    private ulong Next() => CounterRandom.Bits(0, Stream, draws++);
}

/// <summary>
/// Count, maximum and the first four central moments of every feature's positive activations, in one pass and float64 (update formulas:
/// Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments", 2008).
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

    // With equal values, M2 is rounding noise, and skewness and kurtosis would be noise divided by noise.
    private bool Varies(int feature) =>
        countOf[feature] > 1 && m2[feature] > 1e-20 * countOf[feature] * meanOf[feature] * meanOf[feature];
}
