using System.Numerics;

namespace SaeDashboard.MusicGen.Melody;

/// <summary>The discrete Fourier transform of a power of two of points, radix 2, in float64 (Cooley and Tukey, 1965).</summary>
internal sealed class FourierTransform
{
    private readonly int length;
    private readonly int[] reversed;
    private readonly Complex[] turns, work;

    /// <param name="length">A power of two, at least 2.</param>
    public FourierTransform(int length)
    {
        if (length < 2 || !BitOperations.IsPow2(length)) throw new ArgumentOutOfRangeException(nameof(length), length, "A power of two is wanted.");
        this.length = length;
        turns = new Complex[length / 2];
        for (var index = 0; index < turns.Length; index++) turns[index] = Complex.FromPolarCoordinates(1, -2 * Math.PI * index / length);
        reversed = new int[length];
        for (var index = 1; index < length; index++) reversed[index] = reversed[index / 2] / 2 + (index % 2) * (length / 2);
        work = new Complex[length];
    }

    /// <summary>|X_k|² of a real signal, k = 0 … length / 2.</summary>
    /// <param name="signal">length samples.</param>
    /// <param name="power">Receives length / 2 + 1 values.</param>
    public void Power(ReadOnlySpan<double> signal, Span<double> power)
    {
        for (var index = 0; index < this.length; index++) work[reversed[index]] = signal[index];
        for (var half = 1; half < this.length; half *= 2)
        {
            var stride = this.length / (2 * half);
            for (var start = 0; start < this.length; start += 2 * half)
            {
                for (var index = 0; index < half; index++)
                {
                    var (even, odd) = (work[start + index], turns[index * stride] * work[start + index + half]);
                    (work[start + index], work[start + index + half]) = (even + odd, even - odd);
                }
            }
        }
        for (var bin = 0; bin <= this.length / 2; bin++)
            power[bin] = work[bin].Real * work[bin].Real + work[bin].Imaginary * work[bin].Imaginary;
    }
}
