namespace SaeDashboard.Sae.Atlas;

/// <summary>
/// The graph of UMAP (McInnes, Healy and Melville, arXiv 1802.03426, section 3.1): how sure it is that two points are neighbours, 0 … 1.
/// Each point measures distance in its own unit, in which it has log2(k) neighbours; the two views of an edge are united as probabilities,
/// a + b − ab.
/// </summary>
internal sealed class FuzzyGraph
{
    private const int Bisections = 64;
    private const double Tolerance = 1e-5, LeastScale = 1e-3;

    private FuzzyGraph(int[] heads, int[] tails, float[] weights) => (Heads, Tails, Weights) = (heads, tails, weights);

    /// <summary>From which point, ascending. An edge is there in both directions.</summary>
    public int[] Heads { get; }

    /// <summary>To which point.</summary>
    public int[] Tails { get; }

    /// <summary>How sure, above 0 and at most 1.</summary>
    public float[] Weights { get; }

    /// <summary>The graph of nearest neighbours.</summary>
    public static FuzzyGraph Of(NearestDirections nearest)
    {
        var (count, neighbours) = (nearest.Count, nearest.Neighbours);
        var (nearestDistance, scale) = SmoothDistances(nearest.Distances, count, neighbours);
        var directed = new float[count * neighbours];
        for (var i = 0; i < count; i++)
        {
            for (var place = 1; place < neighbours; place++)
            {
                var beyond = nearest.Distances[i * neighbours + place] - nearestDistance[i];
                directed[i * neighbours + place] = beyond <= 0 || scale[i] == 0 ? 1 : (float)Math.Exp(-beyond / scale[i]);
            }
        }
        var edges = new List<(int Head, int Tail, float Weight)>(count * neighbours * 2);
        for (var i = 0; i < count; i++)
        {
            for (var place = 1; place < neighbours; place++)
            {
                var j = nearest.Indices[i * neighbours + place];
                var back = Array.IndexOf(nearest.Indices, i, j * neighbours, neighbours);
                // An edge that both know is made when the smaller of the two is looked at.
                if (back >= 0 && j < i) continue;
                var (one, other) = (directed[i * neighbours + place], back >= 0 ? directed[back] : 0);
                var weight = one + other - one * other;
                if (weight <= 0) continue;
                edges.Add((i, j, weight));
                edges.Add((j, i, weight));
            }
        }
        edges.Sort((a, b) => a.Head != b.Head ? a.Head.CompareTo(b.Head) : a.Tail.CompareTo(b.Tail));
        return new FuzzyGraph([.. edges.Select(edge => edge.Head)], [.. edges.Select(edge => edge.Tail)], [.. edges.Select(edge => edge.Weight)]);
    }

    /// <summary>
    /// For each point the distance ρ to its nearest neighbour, and the scale σ for which Σ exp(−max(0, d − ρ)/σ) over its neighbours is
    /// log2(k): found by bisection, and never below a thousandth of the mean distance.
    /// </summary>
    /// <param name="distances"><c>[n, k]</c>, itself first.</param>
    /// <param name="count">n.</param>
    /// <param name="neighbours">k.</param>
    internal static (double[] Nearest, double[] Scale) SmoothDistances(ReadOnlySpan<float> distances, int count, int neighbours)
    {
        var target = Math.Log2(neighbours);
        var (nearest, scale) = (new double[count], new double[count]);
        var meanOfAll = 0.0;
        foreach (var distance in distances) meanOfAll += distance;
        meanOfAll /= Math.Max(1, distances.Length);
        for (var i = 0; i < count; i++)
        {
            var own = distances.Slice(i * neighbours, neighbours);
            var mean = 0.0;
            foreach (var distance in own)
            {
                mean += distance / neighbours;
                if (nearest[i] == 0 && distance > 0) nearest[i] = distance;
            }
            scale[i] = Math.Max(Bisect(own, nearest[i], target), LeastScale * (nearest[i] > 0 ? mean : meanOfAll));
        }
        return (nearest, scale);
    }

    private static double Bisect(ReadOnlySpan<float> distances, double nearest, double target)
    {
        var (low, high, middle) = (0.0, double.PositiveInfinity, 1.0);
        for (var step = 0; step < Bisections; step++)
        {
            var sum = 0.0;
            for (var place = 1; place < distances.Length; place++)
            {
                var beyond = distances[place] - nearest;
                sum += beyond > 0 ? Math.Exp(-beyond / middle) : 1;
            }
            if (Math.Abs(sum - target) < Tolerance) break;
            if (sum > target)
            {
                high = middle;
                middle = (low + high) / 2;
            }
            else
            {
                low = middle;
                middle = double.IsPositiveInfinity(high) ? middle * 2 : (low + high) / 2;
            }
        }
        return middle;
    }
}
