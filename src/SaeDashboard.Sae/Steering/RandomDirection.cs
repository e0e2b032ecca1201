namespace SaeDashboard.Sae.Steering;

/// <summary>A direction drawn uniformly from the sphere: the control that shows what any push of that size would do.</summary>
public static class RandomDirection
{
    /// <summary>A direction [width] of norm <paramref name="norm"/>, the same for the same seed everywhere (SplitMix64 and Box–Muller).</summary>
    public static float[] Create(ulong seed, int width, double norm)
    {
        var state = seed;
        var values = new double[width];
        var squares = 0.0;
        for (var i = 0; i < width; i++)
        {
            values[i] = Math.Sqrt(-2 * Math.Log(Uniform(ref state))) * Math.Cos(2 * Math.PI * Uniform(ref state));
            squares += values[i] * values[i];
        }

        var scale = norm / Math.Sqrt(squares);
        return [.. values.Select(value => (float)(value * scale))];
    }

    /// <summary>In (0, 1]: never 0, so the logarithm is finite.</summary>
    private static double Uniform(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1L << 53)) + 1.0 / (1L << 54);
    }
}
