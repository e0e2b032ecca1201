using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering.Trials;

/// <summary>
/// What the tagger reads of a sound, frame by frame: the log-mel spectrum of a Hann window of about 64 ms around the middle of the frame, its mean over
/// the surrounding 0.14 s, and its mean and standard deviation over the surrounding half second. Nothing of MusicGen or of an SAE is in it. Not thread-safe.
/// </summary>
public sealed class LogMelFrames
{
    private const double WindowSeconds = 0.06, Lowest = 40, PowerFloor = 1e-7;

    /// <summary>Bands of a spectrum: the first inputs of a frame.</summary>
    public const int Bands = 48;

    private const int Parts = 4;

    private readonly int hop, length, near, far;
    private readonly float[] window, bank;

    /// <param name="sampleRate">Samples per second (Hz).</param>
    /// <param name="hop">Samples of a frame.</param>
    public LogMelFrames(int sampleRate, int hop)
    {
        this.hop = hop;
        length = 1 << (int)Math.Ceiling(Math.Log2(WindowSeconds * sampleRate));
        var frameRate = (double)sampleRate / hop;
        (near, far) = (Math.Max(1, (int)Math.Round(0.07 * frameRate)), Math.Max(2, (int)Math.Round(0.25 * frameRate)));
        window = [.. Enumerable.Range(0, length).Select(i => (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / length)))];
        bank = Bank(sampleRate, length);
    }

    /// <summary>Numbers of a frame.</summary>
    public static int Inputs => Bands * Parts;

    /// <summary>The inputs of every frame <c>[frames, <see cref="Inputs"/>]</c>.</summary>
    /// <param name="samples">Mono, −1 to 1.</param>
    /// <param name="frames">Frames from the sound's start; windows that reach over an end see the sound mirrored.</param>
    public float[] Of(float[] samples, int frames)
    {
        var mel = LogMel(samples, frames);
        var inputs = new float[frames * Inputs];
        for (var frame = 0; frame < frames; frame++)
        {
            var into = inputs.AsSpan(frame * Inputs, Inputs);
            mel.AsSpan(frame * Bands, Bands).CopyTo(into);
            Mean(mel, frame, near, frames, into.Slice(Bands, Bands), null);
            Mean(mel, frame, far, frames, into.Slice(2 * Bands, Bands), into.Slice(3 * Bands, Bands));
        }
        return inputs;
    }

    private static void Mean(float[] mel, int frame, int reach, int frames, Span<float> mean, Span<float> deviation)
    {
        var (from, to) = (Math.Max(0, frame - reach), Math.Min(frames, frame + reach + 1));
        for (var other = from; other < to; other++)
        {
            var values = mel.AsSpan(other * Bands, Bands);
            TensorPrimitives.Add(mean, values, mean);
            if (!deviation.IsEmpty) TensorPrimitives.MultiplyAdd<float>(values, values, deviation, deviation);
        }
        TensorPrimitives.Divide(mean, to - from, mean);
        for (var band = 0; band < deviation.Length; band++)
            deviation[band] = MathF.Sqrt(Math.Max(0, deviation[band] / (to - from) - mean[band] * mean[band]));
    }

    /// <summary>log₁₀ of each band's power <c>[frames, bands]</c>.</summary>
    private float[] LogMel(float[] samples, int frames)
    {
        var windows = new float[frames * length];
        for (var frame = 0; frame < frames; frame++)
        {
            var into = windows.AsSpan(frame * length, length);
            var from = frame * hop + hop / 2 - length / 2;
            for (var i = 0; i < length; i++) into[i] = Mirrored(samples, from + i);
            TensorPrimitives.Multiply(into, window, into);
        }
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var spectrum = fft.rfft(TensorData.FromFloats(windows, frames, length));
        var power = spectrum.real.Square().Add(spectrum.imag.Square());
        var bands = power.mm(TensorData.FromFloats(bank, length / 2 + 1, Bands)).contiguous();
        var logarithms = TensorData.ToArray(bands);
        for (var i = 0; i < logarithms.Length; i++) logarithms[i] = (float)Math.Log10(logarithms[i] + PowerFloor);
        return logarithms;
    }

    private static float Mirrored(float[] samples, int at)
    {
        if (at < 0) at = -at;
        if (at >= samples.Length) at = 2 * samples.Length - 2 - at;
        return (uint)at < (uint)samples.Length ? samples[at] : 0;
    }

    /// <summary>Triangles of equal width on the mel scale 2595 · log₁₀(1 + f / 700), divided by the window's power <c>[bins, bands]</c>.</summary>
    private static float[] Bank(int sampleRate, int length)
    {
        static double Mel(double frequency) => 2595 * Math.Log10(1 + frequency / 700);
        var (low, high, bins) = (Mel(Lowest), Mel(sampleRate / 2.0), length / 2 + 1);
        var bank = new float[bins * Bands];
        for (var bin = 0; bin < bins; bin++)
        {
            var place = (Mel((double)bin * sampleRate / length) - low) / (high - low) * (Bands + 1);
            for (var band = 0; band < Bands; band++)
                bank[bin * Bands + band] = (float)(Math.Max(0, 1 - Math.Abs(place - band - 1)) * 4 / length);
        }
        return bank;
    }
}
