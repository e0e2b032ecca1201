using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.MusicGen.Melody;

/// <summary>
/// Hears which pitch class is strongest when, as Hugging Face's MusicgenMelodyFeatureExtractor does: a power spectrogram (periodic Hann
/// window of n_fft samples, centred, mirrored at the ends, normed by the window), <see cref="ChromaFilterBank"/>, and of each frame the
/// first of the largest. In float64. Not for several threads at once.
/// </summary>
public sealed class ChromaExtractor
{
    private readonly MelodyConfig config;
    private readonly Lazy<(double[] Window, double[][] Filters, FourierTransform Transform)> tables;

    public ChromaExtractor(MelodyConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        // Built when a melody comes: most requests have none.
        tables = new(() => (
            HannWindow(config.FourierLength),
            ChromaFilterBank.Of(config.Chroma, config.FourierLength, config.SamplingRate),
            new FourierTransform(config.FourierLength)));
    }

    /// <summary>Hz of the sound it hears.</summary>
    public int SampleRate => this.config.SamplingRate;

    /// <summary>What is longer is cut off.</summary>
    public double LongestSeconds => (double)this.config.LongestSamples / this.config.SamplingRate;

    /// <summary>The pitch classes of a sound: one a hop, and one more. What is longer than the model's chunk is cut off; what is shorter
    /// than a window stands in the middle of silence.</summary>
    /// <param name="mono">Samples at <see cref="SampleRate"/>; at least one.</param>
    /// <exception cref="UserException">There are no samples, or one is not a finite number.</exception>
    public MelodyChroma Extract(float[] mono)
    {
        ArgumentNullException.ThrowIfNull(mono);
        if (mono.Length == 0) throw new UserException("There is no melody: the audio has no samples.");
        if (Array.FindIndex(mono, sample => !float.IsFinite(sample)) is >= 0 and var broken)
            throw new UserException($"Sample {broken} of the melody is not a finite number: is the file damaged?");

        var (window, filters, transform) = tables.Value;
        var samples = Fit(mono);
        var length = this.config.FourierLength;
        var (frame, power) = (new double[length], new double[length / 2 + 1]);
        var bins = new int[1 + samples.Length / this.config.HopLength];
        for (var index = 0; index < bins.Length; index++)
        {
            var start = index * this.config.HopLength - length / 2;
            for (var offset = 0; offset < length; offset++) frame[offset] = window[offset] * samples[Mirrored(start + offset, samples.Length)];
            transform.Power(frame, power);
            bins[index] = Strongest(filters, power);
        }
        return new MelodyChroma(bins);
    }

    /// <summary>Cut to the chunk, or with silence on both sides up to a window.</summary>
    private ReadOnlySpan<float> Fit(float[] mono)
    {
        var count = Math.Min(mono.Length, this.config.LongestSamples);
        if (count >= this.config.FourierLength) return mono.AsSpan(0, count);
        var padded = new float[this.config.FourierLength];
        mono.AsSpan(0, count).CopyTo(padded.AsSpan((padded.Length - count) / 2));
        return padded;
    }

    // A window reaches at most half its length past an end, and the sound is as long as a window or longer: one mirror suffices.
    private static int Mirrored(int place, int count) => place < 0 ? -place : place < count ? place : 2 * (count - 1) - place;

    private static int Strongest(double[][] filters, double[] power)
    {
        var (best, largest) = (0, double.NegativeInfinity);
        for (var pitch = 0; pitch < filters.Length; pitch++)
        {
            var sum = 0.0;
            for (var bin = 0; bin < power.Length; bin++) sum += filters[pitch][bin] * power[bin];
            if (sum > largest) (best, largest) = (pitch, sum);
        }
        return best;
    }

    // Normed to squares that add up to 1, so that the spectrogram is.
    private static double[] HannWindow(int length)
    {
        var window = new double[length];
        for (var index = 0; index < length; index++) window[index] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * index / length);
        var norm = Math.Sqrt(window.Sum(value => value * value));
        for (var index = 0; index < length; index++) window[index] /= norm;
        return window;
    }
}
