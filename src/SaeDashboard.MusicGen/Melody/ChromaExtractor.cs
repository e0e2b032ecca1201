using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Melody;

/// <summary>
/// Hears which pitch class is strongest when, as Hugging Face's MusicgenMelodyFeatureExtractor does: a power spectrogram (periodic Hann
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
        // Built when a melody comes: most requests have none.
        tables = new(() => (
            HannWindow(config.FourierLength),
            [.. ChromaFilterBank.Of(config.Chroma, config.FourierLength, config.SamplingRate).SelectMany(filter => filter)]));
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

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var window = tensor(tables.Value.Window);
        var filters = tensor(tables.Value.Filters).reshape(this.config.Chroma, -1).t();
        var length = this.config.FourierLength;
        var samples = Fit(mono);
        // A frame reaches half its length past an end, and the sound is as long as a frame or longer: one mirror suffices.
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

    /// <summary>Cut to the chunk, or with silence on both sides up to a window.</summary>
    private ReadOnlySpan<float> Fit(float[] mono)
    {
        var count = Math.Min(mono.Length, this.config.LongestSamples);
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
