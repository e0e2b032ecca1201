using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// Every value a feature took, in memory, up to a budget over all features: percentiles are then exact. When the budget is spent each
/// feature keeps a uniform random sample of equal size (reservoir sampling, Vitter's algorithm R, seeded), and <see cref="Exact"/> is false.
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
    /// <param name="budget">Values kept over all features (4 bytes each).</param>
    public SampleValues(int features, long budget)
    {
        valuesOf = new float[features][];
        Array.Fill(valuesOf, []);
        keptOf = new int[features];
        seenOf = new long[features];
        allowed = budget;
    }

    /// <summary>Whether every value is still here.</summary>
    public bool Exact => capacity == int.MaxValue;

    /// <summary>How many values the feature took.</summary>
    public long Seen(int feature) => seenOf[feature];

    /// <summary>The values kept, in no order that means anything.</summary>
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
    /// The percentile <paramref name="fraction"/> (0.99 for p99) by linear interpolation between order statistics, position fraction·(n − 1).
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
            // The first `capacity` of a random shuffle are a uniform sample: what algorithm R would hold here.
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
