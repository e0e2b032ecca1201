using System.Numerics;
using System.Numerics.Tensors;

namespace SaeDashboard.Core.Audio;

/// <summary>
/// Changes the sample rate by band-limited interpolation: each output sample is the input under a sinc that is cut off below the lower of
/// the two Nyquist frequencies and windowed by Kaiser's window (J. O. Smith, "Digital Audio Resampling"). Flat to 0.45 of the lower rate,
/// more than 80 dB down from 0.5 of it; no delay.
/// </summary>
public static class Resampler
{
    // Kaiser's formulas for 90 dB: β = 0.1102 (A − 8.7); half-width = (A − 7.95) / (2 · 2.285 · Δω), Δω = 2π · 0.05 of the lower rate.
    private const double Cutoff = 0.475;
    private const double Beta = 0.1102 * (90 - 8.7);
    private const double HalfWidth = (90 - 7.95) / (2 * 2.285 * 2 * Math.PI * 0.05);

    // The kernel is tabulated so finely (in samples of the lower rate) that linear interpolation errs below −100 dB.
    private const int TableSteps = 512;

    // Ratios of more phases than this are rare and their taps are made anew for each sample.
    private const int MostKeptPhases = 1024;

    private static readonly Lazy<double[]> Table = new(MakeTable);

    /// <summary>The waveform at another rate; itself when it has that rate. It gets ⌈samples · new / old⌉ samples.</summary>
    public static Waveform To(Waveform waveform, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        if (sampleRate == waveform.SampleRate) return waveform;
        var divisor = (int)BigInteger.GreatestCommonDivisor(sampleRate, waveform.SampleRate);
        var conversion = new Conversion(sampleRate / divisor, waveform.SampleRate / divisor);
        return new Waveform([.. waveform.Channels.Select(conversion.Apply)], sampleRate);
    }

    private static double[] MakeTable()
    {
        var table = new double[(int)Math.Ceiling(HalfWidth * TableSteps) + 2];
        for (var i = 0; i < table.Length; i++)
        {
            var t = (double)i / TableSteps;
            var inside = 1 - t / HalfWidth * (t / HalfWidth);
            var x = 2 * Math.PI * Cutoff * t;
            table[i] = inside <= 0 ? 0 : (i == 0 ? 1 : Math.Sin(x) / x) * Bessel(Beta * Math.Sqrt(inside));
        }
        return table;
    }

    /// <summary>I₀, by its power series.</summary>
    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (var k = 1; term > 1e-17 * sum; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }

    /// <summary>up / down = new rate / old rate, without common divisor: output n lies at input time n · down / up.</summary>
    private sealed class Conversion(int up, int down)
    {
        private readonly double lowerRate = Math.Min(1.0, (double)up / down);
        private readonly int reach = (int)Math.Ceiling(HalfWidth / Math.Min(1.0, (double)up / down));
        private readonly float[]?[] phases = new float[up <= MostKeptPhases ? up : 0][];

        public float[] Apply(float[] input)
        {
            // Silence on both sides spares every sample a question about the ends.
            var padded = new float[input.Length + 2 * reach + 1];
            input.CopyTo(padded, reach);
            var output = new float[((long)input.Length * up + down - 1) / down];
            var scratch = new float[2 * reach + 1];
            for (var n = 0; n < output.Length; n++)
            {
                var (whole, phase) = Math.DivRem((long)n * down, up);
                output[n] = TensorPrimitives.Dot(Taps((int)phase, scratch), padded.AsSpan((int)whole, scratch.Length));
            }
            return output;
        }

        private float[] Taps(int phase, float[] scratch)
        {
            if (phases.Length == 0)
            {
                Fill(phase, scratch);
                return scratch;
            }
            if (phases[phase] is { } kept) return kept;
            var taps = new float[scratch.Length];
            Fill(phase, taps);
            return phases[phase] = taps;
        }

        // Tap i weighs the input sample at (whole − reach + i); normalised, so that a constant stays that constant exactly.
        private void Fill(int phase, float[] taps)
        {
            var table = Table.Value;
            var sum = 0.0;
            for (var i = 0; i < taps.Length; i++)
            {
                var at = Math.Abs((double)phase / up + reach - i) * lowerRate * TableSteps;
                var value = at >= table.Length - 1 ? 0 : table[(int)at] + (at - (int)at) * (table[(int)at + 1] - table[(int)at]);
                taps[i] = (float)value;
                sum += value;
            }
            for (var i = 0; i < taps.Length; i++) taps[i] = (float)(taps[i] / sum);
        }
    }
}
