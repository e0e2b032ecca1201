using System.Numerics.Tensors;

namespace SaeDashboard.Core.Audio;

/// <summary>Sound as float32 samples, nominally −1 … 1, <c>[channels][samples]</c>.</summary>
public sealed class Waveform
{
    /// <param name="channels">At least one channel, all of one length. Kept, not copied.</param>
    /// <param name="sampleRate">Samples a second of each channel, in Hz.</param>
    public Waveform(float[][] channels, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        if (channels.Length == 0) throw new ArgumentException("A waveform has at least one channel.", nameof(channels));
        if (channels.Any(channel => channel.Length != channels[0].Length))
            throw new ArgumentException("All channels must be of one length.", nameof(channels));
        Channels = channels;
        SampleRate = sampleRate;
    }

    public float[][] Channels { get; }

    /// <summary>In Hz.</summary>
    public int SampleRate { get; }

    /// <summary>Samples of each channel.</summary>
    public int SampleCount => Channels[0].Length;

    public double Seconds => (double)SampleCount / SampleRate;

    /// <summary>The mean of the channels.</summary>
    public float[] ToMono()
    {
        if (Channels.Length == 1) return Channels[0];
        var mono = new float[SampleCount];
        foreach (var channel in Channels) TensorPrimitives.Add(mono, channel, mono);
        TensorPrimitives.Divide(mono, Channels.Length, mono);
        return mono;
    }
}

/// <summary>
/// The data of a waveform picture: the lowest and the highest sample of each of equal intervals of time. Bucket b of n covers samples
/// ⌊b·S/n⌋ … ⌊(b+1)·S/n⌋ − 1, so that the ratio of buckets to seconds is fixed at any length.
/// </summary>
/// <param name="Values">Lowest, highest, lowest, highest, …: −127 … 127 for −1 … 1 <c>[2 · buckets]</c>.</param>
/// <param name="Seconds">The length of the sound.</param>
/// <param name="SampleRate">Hz.</param>
public sealed record Peaks(IReadOnlyList<int> Values, double Seconds, int SampleRate)
{
    /// <summary>Default number of pairs, enough for any picture of a clip.</summary>
    public const int DefaultBuckets = 600;

    private const float Scale = 127f;
    private const int ReadAtOnce = 1 << 15;

    /// <summary>The peaks of a piece of sound, its channels mixed.</summary>
    public static Peaks Of(Waveform waveform, int buckets = DefaultBuckets) =>
        new(Of(waveform.ToMono(), buckets), waveform.Seconds, waveform.SampleRate);

    /// <summary>The peaks of a sound of any length, its channels mixed, read piece by piece.</summary>
    /// <param name="sound">The sound at its beginning; read to its end. Its length must be known.</param>
    /// <param name="buckets">Number of buckets.</param>
    /// <exception cref="UserException">As <see cref="SoundReader.Read"/>.</exception>
    public static Peaks Of(SoundReader sound, int buckets = DefaultBuckets)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(buckets);
        if (sound.SampleCount is not { } count || count <= Math.Max(buckets, ReadAtOnce)) return Of(sound.ReadRest(), buckets);
        var values = new int[2 * buckets];
        var piece = new float[sound.Channels][];
        for (var channel = 0; channel < piece.Length; channel++) piece[channel] = new float[ReadAtOnce];
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
            for (var left = (bucket + 1) * count / buckets - bucket * count / buckets; left > 0;)
            {
                var read = sound.Read(piece, (int)Math.Min(left, ReadAtOnce));
                var mono = new Waveform(piece, sound.SampleRate).ToMono().AsSpan(0, read);
                (low, high) = (Math.Min(low, TensorPrimitives.Min<float>(mono)), Math.Max(high, TensorPrimitives.Max<float>(mono)));
                left -= read;
            }
            (values[2 * bucket], values[2 * bucket + 1]) = (Quantize(low), Quantize(high));
        }
        return new Peaks(values, (double)count / sound.SampleRate, sound.SampleRate);
    }

    /// <summary>The pairs of some samples <c>[2 · buckets]</c>; a bucket without a sample repeats the one before it.</summary>
    public static int[] Of(ReadOnlySpan<float> samples, int buckets)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(buckets);
        var values = new int[2 * buckets];
        if (samples.Length == 0) return values;
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            var from = (int)((long)bucket * samples.Length / buckets);
            var to = Math.Max(from + 1, (int)((long)(bucket + 1) * samples.Length / buckets));
            values[2 * bucket] = Quantize(TensorPrimitives.Min(samples[from..to]));
            values[2 * bucket + 1] = Quantize(TensorPrimitives.Max(samples[from..to]));
        }
        return values;
    }

    private static int Quantize(float sample) => (int)MathF.Round(Math.Clamp(sample, -1f, 1f) * Scale);
}
