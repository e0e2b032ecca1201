namespace SaeDashboard.Sae.Training;

/// <summary>
/// Where b_dec starts: the point with the smallest sum of distances to a sample of inputs (Weiszfeld 1937). Outliers move it less than the
/// mean.
/// </summary>
internal static unsafe class GeometricMedian
{
    private const int MaximumIterations = 100;
    private const double Tolerance = 1e-4;
    private const int BlockRows = 1024;

    /// <summary>The geometric median [width] of points [count, width].</summary>
    /// <param name="points">At least <paramref name="count"/> of them, pinned or not.</param>
    /// <param name="count">How many count.</param>
    /// <param name="width">d.</param>
    /// <param name="team">Shares the work.</param>
    public static float[] Of(float[] points, int count, int width, WorkerTeam team)
    {
        var blocks = (count + BlockRows - 1) / BlockRows;
        var median = GC.AllocateArray<float>(width, pinned: true);
        var parts = Enumerable.Range(0, blocks).Select(_ => new float[width]).ToArray();
        var weights = new double[blocks];
        // The mean is the start: equal weights.
        Gather(points, count, width, null, parts, weights, team);
        Combine(parts, weights, median);
        for (var iteration = 0; iteration < MaximumIterations; iteration++)
        {
            Gather(points, count, width, median, parts, weights, team);
            if (Combine(parts, weights, median) < Tolerance)
                break;
        }
        return median;
    }

    private static void Gather(float[] points, int count, int width, float[]? median, float[][] parts, double[] weights, WorkerTeam team)
    {
        team.Run(parts.Length, (_, block) =>
        {
            var difference = stackalloc float[width];
            Array.Clear(parts[block]);
            weights[block] = 0;
            fixed (float* start = points, part = parts[block], centre = median)
            {
                for (var i = block * BlockRows; i < Math.Min((block + 1) * BlockRows, count); i++)
                {
                    var point = start + (long)i * width;
                    var weight = 1f;
                    if (centre != null)
                    {
                        new Span<float>(point, width).CopyTo(new Span<float>(difference, width));
                        RowKernels.Add(difference, -1, centre, width);
                        // A point on the median itself would weigh infinitely.
                        weight = 1 / MathF.Max(1e-6f, MathF.Sqrt(RowKernels.Dot(difference, difference, width)));
                    }
                    RowKernels.Add(part, weight, point, width);
                    weights[block] += weight;
                }
            }
        });
    }

    /// <summary>Moves the median to the weighted mean; returns how far it went (E‖x'‖² is 1, so this is relative).</summary>
    private static double Combine(float[][] parts, double[] weights, float[] median)
    {
        var total = weights.Sum();
        var moved = 0.0;
        for (var d = 0; d < median.Length; d++)
        {
            var sum = 0.0;
            foreach (var part in parts)
                sum += part[d];
            var value = (float)(sum / total);
            moved += (value - median[d]) * (value - median[d]);
            median[d] = value;
        }
        return Math.Sqrt(moved);
    }
}
