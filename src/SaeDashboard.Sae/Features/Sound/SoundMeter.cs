using SaeDashboard.Core.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Features.Sound;

/// <summary>
/// Measures the <see cref="SoundDescriptors"/> of a sound, frame by frame, from Hann windows of about 64 ms around the middle of each frame. Not
/// thread-safe.
/// </summary>
public sealed class SoundMeter
{
    /// <summary>Below this level (dB, full scale 0) a frame is silent: it has no brightness and no pitch.</summary>
    public const double SilentBelow = -60;

    private const double WindowSeconds = 0.06, LowestLevel = -80;

    private readonly int sampleRate, hop, length, fourier;
    private readonly float[] window;
    private readonly double windowPower;
    private readonly float[] frequencies;
    private readonly PitchFinder pitch;

    /// <param name="sampleRate">Samples per second (Hz).</param>
    /// <param name="hop">Samples of a frame.</param>
    public SoundMeter(int sampleRate, int hop)
    {
        (this.sampleRate, this.hop) = (sampleRate, hop);
        length = 1 << (int)Math.Ceiling(Math.Log2(WindowSeconds * sampleRate));
        // Half a window of zeros, so that autocorrelations up to that lag do not wrap around.
        fourier = length * 3 / 2;
        window = [.. Enumerable.Range(0, length).Select(i => (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / length)))];
        windowPower = window.Sum(value => (double)value * value);
        frequencies = [.. Enumerable.Range(0, fourier / 2 + 1).Select(bin => bin == 0 ? 0 : (float)((double)bin * sampleRate / fourier))];
        pitch = new PitchFinder(sampleRate, window, fourier);
    }

    /// <summary>The values of every frame <c>[descriptors][frames]</c>, in the order of <see cref="SoundDescriptors.All"/>; NaN: none.</summary>
    /// <param name="samples">Mono, −1 to 1.</param>
    /// <param name="frames">Frames from the sound's start. Windows that reach over an end see the sound mirrored there: a cut would look like an onset.</param>
    public float[][] Measure(float[] samples, int frames)
    {
        var values = SoundDescriptors.All.Select(_ => new float[frames]).ToArray();
        var windows = Windows(samples, frames, values[0]);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var spectrum = fft.rfft(TensorData.FromFloats(windows, frames, length), fourier);
        var power = spectrum.real.Square().Add(spectrum.imag.Square());
        var powers = TensorData.AsSpan(power.contiguous());
        var correlations = TensorData.AsSpan(fft.irfft(power, fourier).contiguous());

        var bins = fourier / 2 + 1;
        var magnitudes = new float[frames * bins];
        TensorPrimitives.Sqrt(powers, magnitudes);
        new OnsetFinder(sampleRate / (double)hop, length / 2 / hop + 1).Rates(magnitudes, bins, window.Sum(), values[0], values[2]);
        for (var frame = 0; frame < frames; frame++)
        {
            var silent = values[0][frame] < SilentBelow;
            var magnitude = magnitudes.AsSpan(frame * bins, bins);
            values[1][frame] = silent ? float.NaN : Brightness(magnitude);
            var frequency = silent ? double.NaN : pitch.Find(correlations.Slice(frame * fourier, fourier));
            values[3][frame] = (float)Semitones(frequency);
            values[4][frame] = double.IsNaN(frequency) ? float.NaN : (float)pitch.Inharmonicity(magnitude, frequency);
        }
        return values;
    }

    /// <summary>MIDI's number of a frequency (Hz), with fractions: 69 is 440 Hz.</summary>
    public static double Semitones(double frequency) => 69 + 12 * Math.Log2(frequency / 440);

    /// <summary>The windowed frames without their means <c>[frames, length]</c>; fills the levels.</summary>
    private float[] Windows(float[] samples, int frames, float[] levels)
    {
        var windows = new float[frames * length];
        for (var frame = 0; frame < frames; frame++)
        {
            var into = windows.AsSpan(frame * length, length);
            var from = frame * hop + hop / 2 - length / 2;
            if (from >= 0 && from + length <= samples.Length) samples.AsSpan(from, length).CopyTo(into);
            else for (var i = 0; i < length; i++) into[i] = Mirrored(samples, from + i);
            TensorPrimitives.Subtract(into, TensorPrimitives.Sum<float>(into) / length, into);
            TensorPrimitives.Multiply(into, window, into);
            levels[frame] = (float)Math.Max(LowestLevel, 10 * Math.Log10(TensorPrimitives.SumOfSquares<float>(into) / windowPower));
        }
        return windows;
    }

    private static float Mirrored(float[] samples, int at)
    {
        if (at < 0) at = -at;
        if (at >= samples.Length) at = 2 * samples.Length - 2 - at;
        return (uint)at < (uint)samples.Length ? samples[at] : 0;
    }

    /// <summary>The centre of gravity of the magnitude spectrum, in octaves above 1 Hz.</summary>
    private float Brightness(ReadOnlySpan<float> magnitude) =>
        (float)Math.Log2(TensorPrimitives.Dot<float>(magnitude, frequencies) / (TensorPrimitives.Sum<float>(magnitude) - magnitude[0] + 1e-12));
}

/// <summary>
/// Onsets by spectral flux: the mean rise of the logarithmic magnitudes from frame to frame, its local maxima well above what surrounds them.
/// </summary>
/// <param name="frameRate">Frames per second (Hz).</param>
/// <param name="edge">Frames at each end whose windows reach over it. They have no onsets: a clip that is cut out of music begins and ends with sound.</param>
internal sealed class OnsetFinder(double frameRate, int edge)
{
    // These find the strokes of SoundMeterTests and nothing in a steady tone. They are not fitted to music.
    private const double Threshold = 0.06, Neighbourhood = 0.2, Apart = 0.05, Compression = 1000, RateWindow = 1;

    /// <summary>Onsets per second in the second around each frame.</summary>
    /// <param name="magnitudes"><c>[frames, bins]</c>.</param>
    /// <param name="bins">Bins of a spectrum.</param>
    /// <param name="windowSum">Sum of the window: a sine of amplitude 1 has half of it as magnitude.</param>
    /// <param name="levels">Levels (dB) <c>[frames]</c>.</param>
    /// <param name="rates">The result <c>[frames]</c>.</param>
    public void Rates(ReadOnlySpan<float> magnitudes, int bins, float windowSum, float[] levels, float[] rates)
    {
        var counted = new int[rates.Length + 1];
        foreach (var onset in Find(magnitudes, bins, windowSum, levels)) counted[onset + 1]++;
        for (var frame = 0; frame < rates.Length; frame++) counted[frame + 1] += counted[frame];
        var reach = (int)Math.Round(RateWindow * frameRate / 2);
        for (var frame = 0; frame < rates.Length; frame++)
        {
            var (from, to) = (Math.Max(0, frame - reach), Math.Min(rates.Length, frame + reach + 1));
            rates[frame] = (float)((counted[to] - counted[from]) * frameRate / (to - from));
        }
    }

    /// <summary>The frames in which a sound begins, ascending.</summary>
    public List<int> Find(ReadOnlySpan<float> magnitudes, int bins, float windowSum, float[] levels)
    {
        var flux = Flux(magnitudes, bins, windowSum, levels.Length);
        var (around, apart) = ((int)Math.Round(Neighbourhood * frameRate), Math.Max(1, (int)Math.Round(Apart * frameRate)));
        var onsets = new List<int>();
        for (var frame = 0; frame < flux.Length; frame++)
        {
            if (levels[frame] < SoundMeter.SilentBelow) continue;
            var near = flux.AsSpan(Math.Max(0, frame - apart), Math.Min(flux.Length, frame + apart + 1) - Math.Max(0, frame - apart));
            if (flux[frame] < TensorPrimitives.Max<float>(near)) continue;
            var surroundings = flux.AsSpan(Math.Max(0, frame - around), Math.Min(flux.Length, frame + around + 1) - Math.Max(0, frame - around));
            if (flux[frame] < TensorPrimitives.Sum<float>(surroundings) / surroundings.Length + Threshold) continue;
            if (onsets.Count == 0 || frame - onsets[^1] > apart) onsets.Add(frame);
        }
        return onsets;
    }

    private float[] Flux(ReadOnlySpan<float> magnitudes, int bins, float windowSum, int frames)
    {
        var flux = new float[frames];
        var (before, now) = (new float[bins], new float[bins]);
        for (var frame = 0; frame < frames; frame++)
        {
            TensorPrimitives.Multiply(magnitudes.Slice(frame * bins, bins), (float)(Compression * 2 / windowSum), now);
            TensorPrimitives.LogP1<float>(now, now);
            var rise = 0f;
            for (var bin = 0; bin < bins; bin++) rise += Math.Max(0, now[bin] - before[bin]);
            flux[frame] = frame < edge || frame >= frames - edge ? 0 : rise / bins;
            (before, now) = (now, before);
        }
        return flux;
    }
}
