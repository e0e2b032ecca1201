using SaeDashboard.Core;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Clap.Audio;

/// <summary>
/// A sound as CLAP's audio tower reads it, computed as Hugging Face's ClapFeatureExtractor does for an unfused model: lengthened to the
/// model's input, power spectrogram (periodic Hann window, centred, mirrored at the ends; its complex numbers rounded to float32),
/// <see cref="MelFilterBank"/>, 10 · log₁₀ with a floor of 10⁻¹⁰. In float64 otherwise, by libtorch.
/// </summary>
public sealed class LogMelExtractor
{
    private const double Floor = 1e-10;

    // Frames at once: 1 MB of samples at the published length.
    private const int Block = 128;

    private readonly ClapSoundConfig config;
    private readonly double[] window;
    private readonly double[] filters;

    public LogMelExtractor(ClapSoundConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        window = new double[config.FourierLength];
        for (var index = 0; index < window.Length; index++) window[index] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * index / window.Length);
        filters = [.. MelFilterBank.Of(config.MelBins, config.FourierLength, config.SamplingRate, config.MinFrequency, config.MaxFrequency).SelectMany(bin => bin)];
    }

    /// <summary>The log-mel spectrogram of a sound in decibels, row-major <c>[frames, mel bins]</c>.</summary>
    /// <param name="mono">Samples at the model's rate, −1 to 1: at least one, and not more than the model's input.</param>
    /// <exception cref="UserException">There are no samples, or one is not a finite number.</exception>
    public float[] Extract(ReadOnlySpan<float> mono)
    {
        var samples = Fill(mono);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var shape = tensor(window);
        var bank = tensor(filters).reshape(this.config.FourierLength / 2 + 1, this.config.MelBins);
        var half = this.config.FourierLength / 2;
        // The input is at least as long as a window: one reflection suffices.
        var sound = nn.functional.pad(TensorData.FromFloats(samples, 1, 1, samples.Length).to(ScalarType.Float64), [half, half], PaddingModes.Reflect);
        var frames = sound.reshape(-1).unfold(0, this.config.FourierLength, this.config.HopLength);
        var count = (int)frames.size(0);
        var decibels = new float[count * this.config.MelBins];
        for (var from = 0; from < count; from += Block)
        {
            using var block = NewDisposeScope();
            var spectrum = fft.rfft(frames.narrow(0, from, Math.Min(Block, count - from)).mul(shape));
            var power = Rounded(spectrum.real).Square().Add(Rounded(spectrum.imag).Square());
            var levels = power.mm(bank).ClampMin(Floor).log().Mul(10 / Math.Log(10));
            TensorData.ToArray(levels).CopyTo(decibels, from * this.config.MelBins);
        }
        return decibels;
    }

    private static Tensor Rounded(Tensor part) => part.to(ScalarType.Float32).to(ScalarType.Float64);

    /// <summary>The samples lengthened to the model's input.</summary>
    private float[] Fill(ReadOnlySpan<float> mono)
    {
        var length = this.config.MaxSamples;
        if (mono.Length == 0) throw new UserException("There is no sound: the audio has no samples.");
        if (mono.Length > length) throw new ArgumentException($"The model reads {length} samples at most, {mono.Length} were given.", nameof(mono));
        for (var index = 0; index < mono.Length; index++)
        {
            if (!float.IsFinite(mono[index])) throw new UserException($"Sample {index} of the sound is not a finite number: is the file damaged?");
        }
        var filled = new float[length];
        var repeated = this.config.Padding switch
        {
            SoundPadding.RepeatPad => length / mono.Length * mono.Length,
            SoundPadding.Repeat => length,
            SoundPadding.Pad => mono.Length,
            _ => throw new InvalidOperationException($"{this.config.Padding} is not a padding."),
        };
        for (var from = 0; from < repeated; from += mono.Length) mono[..Math.Min(mono.Length, repeated - from)].CopyTo(filled.AsSpan(from));
        return filled;
    }
}

/// <summary>
/// Triangular filters on Slaney's mel scale (linear below 1,000 Hz, logarithmic above it), each divided by half its width in Hz, as librosa
/// and Hugging Face transformers build them.
/// </summary>
internal static class MelFilterBank
{
    private const double LogarithmicFrom = 1000, LinearStep = 200.0 / 3;

    // Logarithmic mels of a factor of 6.4.
    private static readonly double LogarithmicStep = Math.Log(6.4) / 27;

    /// <returns><c>[length / 2 + 1][bins]</c>: what each frequency's power adds to a mel bin.</returns>
    /// <param name="bins">Mel bins.</param>
    /// <param name="length">Samples of the Fourier transform.</param>
    /// <param name="samplingRate">Hz.</param>
    /// <param name="lowest">Lower end of the first filter, Hz.</param>
    /// <param name="highest">Upper end of the last filter, Hz.</param>
    public static double[][] Of(int bins, int length, int samplingRate, double lowest, double highest)
    {
        var (low, high) = (ToMel(lowest), ToMel(highest));
        var edges = new double[bins + 2];
        for (var edge = 0; edge < edges.Length; edge++) edges[edge] = ToHertz(low + (high - low) * edge / (bins + 1));
        var filters = new double[length / 2 + 1][];
        for (var bin = 0; bin < filters.Length; bin++)
        {
            // The last frequency is half the rate, rounded down.
            var frequency = (double)(samplingRate / 2) * bin / (filters.Length - 1);
            filters[bin] = new double[bins];
            for (var mel = 0; mel < bins; mel++)
            {
                var rising = (frequency - edges[mel]) / (edges[mel + 1] - edges[mel]);
                var falling = (edges[mel + 2] - frequency) / (edges[mel + 2] - edges[mel + 1]);
                filters[bin][mel] = Math.Max(0, Math.Min(rising, falling)) * 2 / (edges[mel + 2] - edges[mel]);
            }
        }
        return filters;
    }

    /// <summary>A frequency in mels.</summary>
    public static double ToMel(double hertz) => hertz < LogarithmicFrom
        ? hertz / LinearStep
        : LogarithmicFrom / LinearStep + Math.Log(hertz / LogarithmicFrom) / LogarithmicStep;

    /// <summary>Mels as a frequency.</summary>
    public static double ToHertz(double mel) => mel < LogarithmicFrom / LinearStep
        ? mel * LinearStep
        : LogarithmicFrom * Math.Exp((mel - LogarithmicFrom / LinearStep) * LogarithmicStep);
}
