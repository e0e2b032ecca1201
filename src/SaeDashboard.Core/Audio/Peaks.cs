using System.Numerics.Tensors;

namespace SaeDashboard.Core.Audio;

/// <summary>
/// What a waveform picture needs: the lowest and the highest sample of each of equal stretches of time. Bucket b of n covers samples
/// ⌊b·S/n⌋ … ⌊(b+1)·S/n⌋ − 1, so that bucket and second stand in a fixed ratio at any length.
/// </summary>
/// <param name="Values">Lowest, highest, lowest, highest, …: −127 … 127 for −1 … 1 <c>[2 · buckets]</c>.</param>
/// <param name="Seconds">The length of the sound.</param>
/// <param name="SampleRate">Hz.</param>
public sealed record Peaks(IReadOnlyList<int> Values, double Seconds, int SampleRate)
{
    /// <summary>Pairs that fill any picture of a clip.</summary>
    public const int DefaultBuckets = 600;

    private const float Scale = 127f;

    /// <summary>The peaks of a piece of sound, its channels mixed.</summary>
    public static Peaks Of(Waveform waveform, int buckets = DefaultBuckets) =>
        new(Of(waveform.ToMono(), buckets), waveform.Seconds, waveform.SampleRate);

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
