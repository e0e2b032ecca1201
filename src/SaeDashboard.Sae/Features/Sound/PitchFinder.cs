namespace SaeDashboard.Sae.Features.Sound;

/// <summary>
/// The fundamental frequency of a windowed frame by autocorrelation, divided by the window's own (P. Boersma, "Accurate short-term analysis of
/// the fundamental frequency", 1993), and how far its partials are from multiples of it. Of several notes at once it is that of the strongest
/// common period.
/// </summary>
internal sealed class PitchFinder
{
    /// <summary>The range of pitches, Hz: A1 to C7.</summary>
    public const double Lowest = 55, Highest = 2100;

    /// <summary>A frame has a pitch when its normalised autocorrelation reaches this.</summary>
    public const double VoicedFrom = 0.5;

    // What an octave lower has to be better by: of a periodic sound every multiple of the period is one.
    private const double OctaveCost = 0.06;

    private const int MostPartials = 20;

    private readonly int sampleRate, fourier, shortest, longest;
    private readonly float[] own;

    public PitchFinder(int sampleRate, float[] window, int fourier)
    {
        (this.sampleRate, this.fourier) = (sampleRate, fourier);
        shortest = (int)Math.Floor(sampleRate / Highest);
        longest = Math.Min((int)Math.Ceiling(sampleRate / Lowest), fourier / 3);
        own = new float[longest + 2];
        for (var lag = 0; lag < own.Length; lag++)
            own[lag] = TensorPrimitives.Dot<float>(window.AsSpan(0, window.Length - lag), window.AsSpan(lag));
        for (var lag = own.Length - 1; lag >= 0; lag--) own[lag] /= own[0];
    }

    /// <summary>The frequency in Hz; NaN: the frame has no pitch.</summary>
    /// <param name="correlation">The frame's autocorrelation by lag.</param>
    public double Find(ReadOnlySpan<float> correlation)
    {
        if (!(correlation[0] > 0)) return double.NaN;
        var (best, bestLag) = (double.NegativeInfinity, double.NaN);
        var strength = 0.0;
        for (var lag = Math.Max(2, shortest); lag <= longest; lag++)
        {
            var (before, here, after) = (At(correlation, lag - 1), At(correlation, lag), At(correlation, lag + 1));
            if (!(here > before && here >= after)) continue;
            var offset = 0.5 * (before - after) / (before - 2 * here + after);
            var peak = here - 0.25 * (before - after) * offset;
            var score = peak - OctaveCost * Math.Log2((lag + offset) * Lowest / sampleRate);
            if (score > best) (best, bestLag, strength) = (score, lag + offset, peak);
        }
        return strength >= VoicedFrom ? sampleRate / bestLag : double.NaN;
    }

    /// <summary>
    /// 2 / f₀ · Σ|f_h − h·f₀|·a_h² / Σa_h² over the partials h, each the largest peak within half of f₀ of its place (G. Peeters, "A large set of
    /// audio features for sound description", 2004): 0 harmonic, up to 1.
    /// </summary>
    /// <param name="magnitude">The magnitude spectrum.</param>
    /// <param name="frequency">f₀ in Hz.</param>
    public double Inharmonicity(ReadOnlySpan<float> magnitude, double frequency)
    {
        var spacing = frequency * fourier / sampleRate;
        double deviation = 0, energy = 0;
        for (var partial = 1; partial <= MostPartials && (partial + 0.5) * spacing < magnitude.Length - 1; partial++)
        {
            var (from, to) = (Math.Max(1, (int)Math.Ceiling((partial - 0.5) * spacing)), (int)Math.Floor((partial + 0.5) * spacing));
            var bin = from;
            for (var other = from + 1; other <= to; other++)
            {
                if (magnitude[other] > magnitude[bin]) bin = other;
            }
            var place = bin + Offset(magnitude, bin);
            var power = (double)magnitude[bin] * magnitude[bin];
            deviation += Math.Min(0.5, Math.Abs(place / spacing - partial)) * power;
            energy += power;
        }
        return energy > 0 ? 2 * deviation / energy : double.NaN;
    }

    private double At(ReadOnlySpan<float> correlation, int lag) => correlation[lag] / correlation[0] / own[lag];

    /// <summary>Where the peak at a bin is, from the parabola through the logarithms; 0 where the bin is no peak.</summary>
    private static double Offset(ReadOnlySpan<float> magnitude, int bin)
    {
        const double least = 1e-12;
        double before = Math.Log(magnitude[bin - 1] + least), here = Math.Log(magnitude[bin] + least), after = Math.Log(magnitude[bin + 1] + least);
        var curve = before - 2 * here + after;
        return here >= before && here >= after && curve < 0 ? Math.Clamp(0.5 * (before - after) / curve, -0.5, 0.5) : 0;
    }
}
