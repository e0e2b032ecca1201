using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Steering;

/// <summary>A direction drawn uniformly from the sphere: the control that shows what any push of that size would do.</summary>
public static class RandomDirection
{
    private const ulong Stream = 0xD19E;

    /// <summary>A direction [width] of norm <paramref name="norm"/>, the same for the same seed everywhere.</summary>
    public static float[] Create(ulong seed, int width, double norm)
    {
        var values = new double[width];
        for (var i = 0; i < width; i++)
            values[i] = CounterRandom.Normal(seed, Stream, (ulong)i);
        var scale = norm / Math.Sqrt(values.Sum(value => value * value));
        return [.. values.Select(value => (float)(value * scale))];
    }
}
