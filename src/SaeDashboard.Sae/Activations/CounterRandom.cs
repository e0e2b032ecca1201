namespace SaeDashboard.Sae.Activations;

/// <summary>
/// Random numbers that are functions of (seed, stream, counter): no state to keep, the same on every machine and in every order of asking.
/// The mixer is SplitMix64's finaliser (Steele, Lea, Flood 2014), applied to each part in turn.
/// </summary>
internal static class CounterRandom
{
    /// <summary>64 random bits.</summary>
    public static ulong Bits(ulong seed, ulong stream, ulong counter) =>
        Mix(Mix(Mix(seed + 0x9E3779B97F4A7C15) ^ stream) + counter * 0x9E3779B97F4A7C15);

    /// <summary>Uniform in (0, 1).</summary>
    public static double Uniform(ulong seed, ulong stream, ulong counter) =>
        ((Bits(seed, stream, counter) >> 11) + 0.5) * (1.0 / (1UL << 53));

    /// <summary>Normal with mean 0 and variance 1 (Box–Muller).</summary>
    public static double Normal(ulong seed, ulong stream, ulong counter) =>
        Math.Sqrt(-2 * Math.Log(Uniform(seed, stream, 2 * counter))) * Math.Cos(2 * Math.PI * Uniform(seed, stream, 2 * counter + 1));

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
