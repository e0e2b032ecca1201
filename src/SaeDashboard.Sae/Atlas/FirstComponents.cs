namespace SaeDashboard.Sae.Atlas;

/// <summary>
/// The scores of directions on their first two principal components, where a map begins: relatives are near from the start, and hues, which
/// are angles in the same plane, form a circle. By subspace iteration with sums in a fixed order, so that the result has the same bits for
/// any number of threads.
/// </summary>
internal static class FirstComponents
{
    private const int Iterations = 60, Block = 256, Dimensions = 2;

    /// <summary>Scores <c>[n, 2]</c>. Components point where their largest loading is positive.</summary>
    /// <param name="units">Directions <c>[n, width]</c>, row-major.</param>
    /// <param name="width">Width, at least 1.</param>
    /// <param name="cancellation">Checked between iterations.</param>
    public static float[] Scores(float[] units, int width, CancellationToken cancellation = default)
    {
        var count = units.Length / width;
        var mean = Mean(units, width, count);
        var basis = new double[Dimensions][];
        for (var dimension = 0; dimension < Dimensions; dimension++)
        {
            var random = new MapRandom(dimension + 1);
            basis[dimension] = [.. Enumerable.Range(0, width).Select(_ => random.NextUnit() - 0.5)];
        }
        Orthonormalize(basis);
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            basis = Multiply(units, width, count, mean, basis);
            Orthonormalize(basis);
        }
        foreach (var component in basis)
        {
            if (component.MaxBy(Math.Abs) < 0) Negate(component);
        }
        var scores = new float[count * Dimensions];
        Parallel.For(0, count, row =>
        {
            for (var dimension = 0; dimension < Dimensions; dimension++) scores[row * Dimensions + dimension] = (float)Score(units, width, row, mean, basis[dimension]);
        });
        return scores;
    }

    private static double[] Mean(float[] units, int width, int count)
    {
        var mean = new double[width];
        for (var row = 0; row < count; row++)
        {
            for (var i = 0; i < width; i++) mean[i] += units[row * width + i];
        }
        for (var i = 0; i < width; i++) mean[i] /= Math.Max(1, count);
        return mean;
    }

    private static double Score(float[] units, int width, int row, double[] mean, double[] component)
    {
        var sum = 0.0;
        var own = units.AsSpan(row * width, width);
        for (var i = 0; i < own.Length; i++) sum += (own[i] - mean[i]) * component[i];
        return sum;
    }

    /// <summary>Σ (x − m)(x − m)ᵀ·v of each v: blocks of rows side by side, added up in their order.</summary>
    private static double[][] Multiply(float[] units, int width, int count, double[] mean, double[][] basis)
    {
        var blocks = (count + Block - 1) / Block;
        var parts = new double[blocks][][];
        Parallel.For(0, blocks, block =>
        {
            var part = new[] { new double[width], new double[width] };
            for (var row = block * Block; row < Math.Min(count, (block + 1) * Block); row++)
            {
                var own = units.AsSpan(row * width, width);
                for (var dimension = 0; dimension < Dimensions; dimension++)
                {
                    var score = Score(units, width, row, mean, basis[dimension]);
                    for (var i = 0; i < own.Length; i++) part[dimension][i] += score * (own[i] - mean[i]);
                }
            }
            parts[block] = part;
        });
        var product = new[] { new double[width], new double[width] };
        foreach (var part in parts)
        {
            for (var dimension = 0; dimension < Dimensions; dimension++) TensorPrimitives.Add(product[dimension], part[dimension], product[dimension]);
        }
        return product;
    }

    private static void Orthonormalize(double[][] basis)
    {
        for (var dimension = 0; dimension < basis.Length; dimension++)
        {
            for (var before = 0; before < dimension; before++)
            {
                var shared = TensorPrimitives.Dot<double>(basis[dimension], basis[before]);
                for (var i = 0; i < basis[dimension].Length; i++) basis[dimension][i] -= shared * basis[before][i];
            }
            var norm = TensorPrimitives.Norm<double>(basis[dimension]);
            // Nothing is left where all directions are in fewer dimensions: their scores are 0.
            for (var i = 0; i < basis[dimension].Length; i++) basis[dimension][i] = norm > 1e-12 ? basis[dimension][i] / norm : 0;
        }
    }

    private static void Negate(double[] component)
    {
        for (var i = 0; i < component.Length; i++) component[i] = -component[i];
    }
}

/// <summary>A sequence of random numbers that a seed decides: xorshift128+ after SplitMix64 (Vigna, arXiv 1404.0390).</summary>
internal struct MapRandom
{
    private ulong one, other;

    public MapRandom(int seed)
    {
        var state = unchecked((ulong)seed);
        one = Split(ref state);
        other = Split(ref state);
    }

    /// <summary>A number from 0 to <paramref name="count"/> − 1.</summary>
    public int Next(int count) => (int)((Next() >> 32) * (ulong)count >> 32);

    /// <summary>A number in [0, 1).</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    private ulong Next()
    {
        var (x, y) = (one, other);
        one = y;
        x ^= x << 23;
        other = x ^ y ^ (x >> 17) ^ (y >> 26);
        return unchecked(other + y);
    }

    private static ulong Split(ref ulong state)
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15;
            var value = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
