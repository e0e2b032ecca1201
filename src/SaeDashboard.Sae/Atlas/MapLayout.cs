namespace SaeDashboard.Sae.Atlas;

/// <summary>
/// Moves the points of a map until neighbours are near and others are not: UMAP's stochastic gradient descent with negative sampling
/// (arXiv 1802.03426, algorithm 5). One edge after the other on one thread, so that a seed decides every bit of the result.
/// </summary>
internal static class MapLayout
{
    // A point moves at most this far for one edge, times the learning rate.
    private const float MostMove = 4;

    /// <summary>Moves the points.</summary>
    /// <param name="positions"><c>[n, 2]</c>, changed.</param>
    /// <param name="graph">Who should be near.</param>
    /// <param name="curve">How near.</param>
    /// <param name="epochs">Passes; the learning rate falls from 1 to 0.</param>
    /// <param name="negativeSamples">Points pushed away for each that is pulled closer.</param>
    /// <param name="seed">Decides who is pushed away.</param>
    /// <param name="progress">Called with the passes done.</param>
    /// <param name="cancellation">Checked between passes.</param>
    public static void Optimize(
        float[] positions, FuzzyGraph graph, AttractionCurve curve, int epochs, int negativeSamples, int seed, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        if (graph.Weights.Length == 0) return;
        var random = new MapRandom(seed);
        var points = positions.Length / 2;
        var (a, b) = ((float)curve.A, (float)curve.B);
        var strongest = graph.Weights.Max();
        // A strong edge is taken in each pass, a weak one less often; one that would be taken less than once is left out.
        var edges = Enumerable.Range(0, graph.Weights.Length).Where(edge => graph.Weights[edge] * epochs >= strongest).ToArray();
        var period = Array.ConvertAll(edges, edge => strongest / graph.Weights[edge]);
        var next = (float[])period.Clone();
        var nextNegative = Array.ConvertAll(period, each => each / negativeSamples);

        for (var epoch = 0; epoch < epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            var rate = 1 - (float)epoch / epochs;
            for (var i = 0; i < edges.Length; i++)
            {
                if (next[i] > epoch) continue;
                var (head, tail) = (2 * graph.Heads[edges[i]], 2 * graph.Tails[edges[i]]);
                Attract(positions, head, tail, a, b, rate);
                next[i] += period[i];
                var negativePeriod = period[i] / negativeSamples;
                var due = (int)((epoch - nextNegative[i]) / negativePeriod);
                for (var sample = 0; sample < due; sample++)
                {
                    var other = 2 * random.Next(points);
                    if (other != head) Repel(positions, head, other, a, b, rate);
                }
                nextNegative[i] += due * negativePeriod;
            }
            progress?.Invoke(epoch + 1);
        }
    }

    private static void Attract(float[] positions, int head, int tail, float a, float b, float rate)
    {
        var (dx, dy) = (positions[head] - positions[tail], positions[head + 1] - positions[tail + 1]);
        var squared = dx * dx + dy * dy;
        if (squared <= 0) return;
        var power = MathF.Pow(squared, b);
        var pull = -2 * a * b * power / (squared * (a * power + 1));
        var (mx, my) = (Clip(pull * dx) * rate, Clip(pull * dy) * rate);
        positions[head] += mx;
        positions[head + 1] += my;
        positions[tail] -= mx;
        positions[tail + 1] -= my;
    }

    private static void Repel(float[] positions, int head, int other, float a, float b, float rate)
    {
        var (dx, dy) = (positions[head] - positions[other], positions[head + 1] - positions[other + 1]);
        var squared = dx * dx + dy * dy;
        // Two points in one place have no direction to go: the next one that is drawn separates them.
        if (squared <= 0) return;
        var push = 2 * b / ((0.001f + squared) * (a * MathF.Pow(squared, b) + 1));
        positions[head] += Clip(push * dx) * rate;
        positions[head + 1] += Clip(push * dy) * rate;
    }

    private static float Clip(float value) => MathF.Min(MostMove, MathF.Max(-MostMove, value));
}
