using SaeDashboard.Core.Audio;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>A waveform's peaks: nothing is lost, nothing is moved.</summary>
public sealed class PeaksTests
{
    [Theory]
    [InlineData(163_840, 600)]
    [InlineData(600, 600)]
    [InlineData(7, 600)]
    [InlineData(1001, 3)]
    public void Every_sample_is_between_its_buckets_peaks(int length, int buckets)
    {
        var random = new Random(length);
        var samples = new float[length];
        for (var i = 0; i < length; i++) samples[i] = random.NextSingle() * 2 - 1;
        var peaks = Peaks.Of(samples, buckets);
        Assert.Equal(2 * buckets, peaks.Length);
        const float step = 1 / 127f;
        for (var i = 0; i < length; i++)
        {
            // The bucket whose stretch holds the sample: ⌊b·S/n⌋ ≤ i.
            var bucket = (int)(((long)i * buckets + buckets - 1) / length);
            while ((long)bucket * length / buckets > i) bucket--;
            Assert.InRange(samples[i], peaks[2 * bucket] / 127f - step, peaks[2 * bucket + 1] / 127f + step);
        }
    }

    [Fact]
    public void A_click_shows_in_the_one_bucket_of_its_time()
    {
        var samples = new float[16_000];
        samples[12_345] = -.9f;
        var peaks = Peaks.Of(samples, 100);
        var struck = Enumerable.Range(0, 100).Where(bucket => peaks[2 * bucket] != 0 || peaks[2 * bucket + 1] != 0).ToArray();
        Assert.Equal([77], struck); // 12,345 of 16,000 = 0.77 s of 1 s
        Assert.Equal((-114, 0), (peaks[2 * 77], peaks[2 * 77 + 1]));
    }

    [Fact]
    public void Silence_and_nothing_at_all_are_flat_and_loud_sound_is_clipped()
    {
        Assert.All(Peaks.Of(new float[100], 10), value => Assert.Equal(0, value));
        Assert.All(Peaks.Of([], 10), value => Assert.Equal(0, value));
        Assert.Equal([-127, 127], Peaks.Of([-3f, 3f], 1));
    }

    [Fact]
    public void Channels_are_mixed_and_the_length_is_given()
    {
        var peaks = Peaks.Of(new Waveform([[1f, 0, 0, 0], [0f, 0, 0, -1f]], 4), 2);
        Assert.Equal([0, 64, -64, 0], peaks.Values.Select(value => value is 63 or 64 ? 64 : value is -63 or -64 ? -64 : value));
        Assert.Equal((1.0, 4), (peaks.Seconds, peaks.SampleRate));
    }
}
