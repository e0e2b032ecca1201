using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Melody;

/// <summary>A melody as a melody model reads it: the strongest pitch class of each chroma frame.</summary>
public sealed class MelodyChroma
{
    /// <param name="bins">Each frame's bin; 0 is C. At least one frame.</param>
    public MelodyChroma(IReadOnlyList<int> bins)
    {
        ArgumentNullException.ThrowIfNull(bins);
        if (bins.Count == 0) throw new ArgumentException("A melody has at least one chroma frame.", nameof(bins));
        Bins = bins;
    }

    /// <summary>Each frame's bin; 0 is the pitch class C.</summary>
    public IReadOnlyList<int> Bins { get; }

    /// <summary>The input that means no melody: bin 0 in every frame.</summary>
    public static MelodyChroma None { get; } = new([0]);
}

/// <summary>
/// Extracts the strongest pitch class over time, as Hugging Face's MusicgenMelodyFeatureExtractor does: a power spectrogram (periodic Hann
/// window of n_fft samples, centred, mirrored at the ends, normed by the window), <see cref="ChromaFilterBank"/>, and of each frame the
/// first of the largest. In float64, by libtorch.
/// </summary>
public sealed class ChromaExtractor
{
    // Frames at once: 4 MB of samples at the published length.
    private const int Block = 32;

    private readonly MelodyConfig config;
    private readonly Lazy<(double[] Window, double[] Filters)> tables;

    public ChromaExtractor(MelodyConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        // Built for the first melody: most requests have none.
        tables = new(() => (
            HannWindow(config.FourierLength),
            [.. ChromaFilterBank.Of(config.Chroma, config.FourierLength, config.SamplingRate).SelectMany(filter => filter)]));
    }

    /// <summary>Sample rate of its input, Hz.</summary>
    public int SampleRate => this.config.SamplingRate;

    /// <summary>The longest input, samples; longer sounds are cut.</summary>
    public double LongestSeconds => (double)this.config.MaxSamples / this.config.SamplingRate;

    /// <summary>The pitch classes of a sound: one per hop, plus one. A sound longer than the model's chunk is cut; one shorter
    /// than a window is centred in silence.</summary>
    /// <param name="mono">Samples at <see cref="SampleRate"/>; at least one.</param>
    /// <exception cref="UserException">There are no samples, or one is not a finite number.</exception>
    public MelodyChroma Extract(float[] mono)
    {
        ArgumentNullException.ThrowIfNull(mono);
        if (mono.Length == 0) throw new UserException("There is no melody: the audio has no samples.");
        if (Array.FindIndex(mono, sample => !float.IsFinite(sample)) is >= 0 and var broken)
            throw new UserException($"Sample {broken} of the melody is not a finite number: is the file damaged?");

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var window = tensor(tables.Value.Window);
        var filters = tensor(tables.Value.Filters).reshape(this.config.Chroma, -1).t();
        var length = this.config.FourierLength;
        var samples = Fit(mono);
        // A frame reaches half its length past an end, and the sound is at least as long as a frame: one reflection suffices.
        var sound = nn.functional.pad(
            TensorData.FromFloats(samples, 1, 1, samples.Length).to(ScalarType.Float64), [length / 2, length / 2], PaddingModes.Reflect);
        var frames = sound.reshape(-1).unfold(0, length, this.config.HopLength);
        var bins = new int[frames.size(0)];
        for (var from = 0; from < bins.Length; from += Block)
        {
            using var block = NewDisposeScope();
            var spectrum = fft.rfft(frames.narrow(0, from, Math.Min(Block, bins.Length - from)).mul(window));
            var strongest = spectrum.real.Square().Add(spectrum.imag.Square()).mm(filters).argmax(1);
            foreach (var (index, pitch) in TensorData.ToInt64Array(strongest).Index()) bins[from + index] = (int)pitch;
        }
        return new MelodyChroma(bins);
    }

    /// <summary>Cut to the chunk, or padded with silence on both sides to a window.</summary>
    private ReadOnlySpan<float> Fit(float[] mono)
    {
        var count = Math.Min(mono.Length, this.config.MaxSamples);
        if (count >= this.config.FourierLength) return mono.AsSpan(0, count);
        var padded = new float[this.config.FourierLength];
        mono.AsSpan(0, count).CopyTo(padded.AsSpan((padded.Length - count) / 2));
        return padded;
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

/// <summary>
/// librosa's chroma filters (after D. Ellis, "Chroma feature analysis and synthesis", 2007) as Hugging Face transformers builds them for
/// MusicGen melody: A440 untuned, Gaussian bumps normed to length 1 a frequency, an octave weighting around octave 5 of width 2, C first.
/// </summary>
internal static class ChromaFilterBank
{
    private const double CentreOctave = 5, OctaveWidth = 2;

    /// <returns><c>[chroma][length / 2 + 1]</c>: the share of each frequency's power that a pitch class gets.</returns>
    /// <param name="chroma">Bins of an octave.</param>
    /// <param name="length">Samples of the Fourier transform.</param>
    /// <param name="samplingRate">Hz.</param>
    public static double[][] Of(int chroma, int length, int samplingRate)
    {
        // Each frequency in bins above A0.
        var places = new double[length];
        for (var bin = 1; bin < length; bin++) places[bin] = chroma * Math.Log2((double)bin * samplingRate / length / (440.0 / 16));
        // 0 Hz is placed 1.5 octaves below the first frequency.
        places[0] = places[1] - 1.5 * chroma;

        var filters = new double[chroma][];
        for (var pitch = 0; pitch < chroma; pitch++) filters[pitch] = new double[length / 2 + 1];
        var half = Math.Round(chroma / 2.0, MidpointRounding.ToEven);
        var column = new double[chroma];
        for (var bin = 0; bin <= length / 2; bin++)
        {
            var width = Math.Max(places[bin + 1] - places[bin], 1);
            var squares = 0.0;
            for (var pitch = 0; pitch < chroma; pitch++)
            {
                var distance = Remainder(places[bin] - pitch + half + 10 * chroma, chroma) - half;
                column[pitch] = Math.Exp(-0.5 * Math.Pow(2 * distance / width, 2));
                squares += column[pitch] * column[pitch];
            }
            var weight = Math.Exp(-0.5 * Math.Pow((places[bin] / chroma - CentreOctave) / OctaveWidth, 2)) / Math.Sqrt(squares);
            // The bins begin at A here; C is a quarter of an octave higher.
            var shift = 3 * (chroma / 12);
            for (var pitch = 0; pitch < chroma; pitch++) filters[(pitch - shift + chroma) % chroma][bin] = column[pitch] * weight;
        }
        return filters;
    }

    private static double Remainder(double value, double by) => value - by * Math.Floor(value / by);
}
