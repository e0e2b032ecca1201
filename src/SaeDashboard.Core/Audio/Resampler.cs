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

    // Ratios with more phases than this are rare; their taps are recomputed for each sample.
    private const int MostKeptPhases = 1024;

    // A second or two of sound.
    private const int PieceLength = 1 << 16;

    private static readonly Lazy<double[]> Table = new(MakeTable);

    /// <summary>The waveform at another rate; itself when it has that rate. It gets ⌈samples · new / old⌉ samples.</summary>
    public static Waveform To(Waveform waveform, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        if (sampleRate == waveform.SampleRate) return waveform;
        var divisor = (int)BigInteger.GreatestCommonDivisor(sampleRate, waveform.SampleRate);
        var phases = new Phases(sampleRate / divisor, waveform.SampleRate / divisor);
        return new Waveform([.. waveform.Channels.Select(channel => new Conversion(phases).Next(channel, isLast: true))], sampleRate);
    }

    /// <summary>The rest of a sound at another rate, piece by piece; the samples equal those of <see cref="To"/> for the whole.</summary>
    /// <param name="sound">The sound; read to its end.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <returns>Pieces <c>[channels][samples]</c> of at least one sample each.</returns>
    /// <exception cref="UserException">As <see cref="SoundReader.Read"/>.</exception>
    public static IEnumerable<float[][]> Pieces(SoundReader sound, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        return PiecesOf(sound, sampleRate);
    }

    private static IEnumerable<float[][]> PiecesOf(SoundReader sound, int sampleRate)
    {
        var divisor = (int)BigInteger.GreatestCommonDivisor(sampleRate, sound.SampleRate);
        var phases = new Phases(sampleRate / divisor, sound.SampleRate / divisor);
        Conversion[]? conversions = sampleRate == sound.SampleRate ? null : [.. Enumerable.Range(0, sound.Channels).Select(_ => new Conversion(phases))];
        while (true)
        {
            var piece = new float[sound.Channels][];
            for (var channel = 0; channel < piece.Length; channel++) piece[channel] = new float[PieceLength];
            var read = sound.Read(piece, PieceLength);
            var isLast = read < PieceLength;
            for (var channel = 0; channel < piece.Length; channel++)
            {
                var samples = isLast ? piece[channel][..read] : piece[channel];
                piece[channel] = conversions is null ? samples : conversions[channel].Next(samples, isLast);
            }
            if (piece[0].Length > 0) yield return piece;
            if (isLast) yield break;
        }
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

    /// <summary>The kernels of one pair of rates: up / down = new rate / old rate, without common divisor; output n is at input time
    /// n · down / up.</summary>
    private sealed class Phases(int up, int down)
    {
        private readonly double lowerRate = Math.Min(1.0, (double)up / down);
        private readonly float[]?[] kept = new float[up <= MostKeptPhases ? up : 0][];

        public int Up => up;

        public int Down => down;

        /// <summary>Input samples that a kernel covers on each side.</summary>
        public int Reach { get; } = (int)Math.Ceiling(HalfWidth / Math.Min(1.0, (double)up / down));

        public float[] Taps(int phase, float[] scratch)
        {
            if (kept.Length == 0)
            {
                Fill(phase, scratch);
                return scratch;
            }
            if (kept[phase] is { } known) return known;
            var taps = new float[scratch.Length];
            Fill(phase, taps);
            return kept[phase] = taps;
        }

        // Tap i weighs the input sample at (whole − reach + i); normalised, so that a constant stays that constant exactly.
        private void Fill(int phase, float[] taps)
        {
            var table = Table.Value;
            var sum = 0.0;
            for (var i = 0; i < taps.Length; i++)
            {
                var at = Math.Abs((double)phase / up + Reach - i) * lowerRate * TableSteps;
                var value = at >= table.Length - 1 ? 0 : table[(int)at] + (at - (int)at) * (table[(int)at + 1] - table[(int)at]);
                taps[i] = (float)value;
                sum += value;
            }
            for (var i = 0; i < taps.Length; i++) taps[i] = (float)(taps[i] / sum);
        }
    }

    /// <summary>One channel's state: it keeps the input that the next outputs cover.</summary>
    private sealed class Conversion(Phases phases)
    {
        private readonly float[] scratch = new float[2 * phases.Reach + 1];

        // Silence on both sides avoids bounds checks per sample. The first sample held is number start of that padded input.
        private float[] held = new float[phases.Reach];
        private long start, inputs, outputs;

        /// <summary>The outputs that these samples complete; with the last samples all the rest, ⌈samples · up / down⌉ in all.</summary>
        public float[] Next(ReadOnlySpan<float> input, bool isLast)
        {
            inputs += input.Length;
            var padded = new float[held.Length + input.Length + (isLast ? phases.Reach + 1 : 0)];
            held.CopyTo(padded, 0);
            input.CopyTo(padded.AsSpan(held.Length));
            var output = new float[End(start + padded.Length - scratch.Length, isLast) - outputs];
            for (var i = 0; i < output.Length; i++, outputs++)
            {
                var (whole, phase) = Math.DivRem(outputs * phases.Down, phases.Up);
                output[i] = TensorPrimitives.Dot(phases.Taps((int)phase, scratch), padded.AsSpan((int)(whole - start), scratch.Length));
            }
            var next = Math.Min(outputs * phases.Down / phases.Up, start + padded.Length);
            held = padded[(int)(next - start)..];
            start = next;
            return output;
        }

        /// <summary>The output after the last that can be computed: output n covers the padded samples from ⌊n · down / up⌋ on.</summary>
        private long End(long lastStart, bool isLast)
        {
            if (isLast) return (inputs * phases.Up + phases.Down - 1) / phases.Down;
            return lastStart < 0 ? outputs : Math.Max(outputs, ((lastStart + 1) * phases.Up - 1) / phases.Down + 1);
        }
    }
}
