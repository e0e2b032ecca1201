using System.Buffers.Binary;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Core.Tests.Takes;

/// <summary>What a growing file says of itself is not believed: not its rate, and not its length.</summary>
public sealed class GrowingWavTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0u)]
    [InlineData(10_000_001u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0xFFFFFFFFu)]
    public void A_rate_that_no_sound_has_is_damage(uint rate)
    {
        Make(rate);
        Assert.Contains("damaged", Assert.Throws<UserException>(() => GrowingWav.TryOpen(folder["A.wav"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_read_takes_a_bounded_piece_however_large_rate_and_file_are()
    {
        Make(10_000_000);
        // As sparse as a file can be: it has 3 GB and takes no room.
        using (var file = File.OpenWrite(folder["A.wav"])) file.SetLength(3_000_000_000);
        using var wav = GrowingWav.TryOpen(folder["A.wav"])!;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var samples = wav.Read(0, wav.SampleRate);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1 << 20);
        Assert.Equal(GrowingWav.MostSamples, samples.Length);
        Assert.Equal(1000, wav.Read(1_400_000_000, 1000).Length);
    }

    private void Make(uint rate)
    {
        using (var writer = GrowingWavWriter.Create(folder["A.wav"], 16_000, 2_000_000_000)) writer.Append([.5f]);
        var bytes = File.ReadAllBytes(folder["A.wav"]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), rate);
        File.WriteAllBytes(folder["A.wav"], bytes);
    }

    [Fact]
    public void Two_channels_alternate_and_are_counted_once()
    {
        var random = new Random(2);
        float[] Noise(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        float[][] first = [Noise(300), Noise(300)], second = [Noise(50), Noise(50)];
        using (var writer = GrowingWavWriter.Create(folder["S.wav"], 32_000, 1000, channels: 2))
        {
            writer.Append(first);
            writer.Rewind(100);
            writer.Append(second);
            Assert.Equal(150, writer.Samples);
            using var cursor = new WavCursor(folder["S.wav"], 120);
            var (from, samples) = cursor.Read();
            Assert.Equal((120, 60, 2, 1000, 150), (from, samples.Length, cursor.Channels, cursor.Promised, cursor.Position));
            writer.Finish();
        }
        using var wav = GrowingWav.TryOpen(folder["S.wav"])!;
        Assert.Equal((2, 150, 150), (wav.Channels, wav.Promised, wav.Available));
        // The reader of finished files says the same.
        var whole = WavFile.Read(folder["S.wav"]);
        Assert.Equal((2, 150, 32_000), (whole.Channels.Length, whole.SampleCount, whole.SampleRate));
        for (var channel = 0; channel < 2; channel++)
        {
            float[] expected = [.. first[channel][..100], .. second[channel]];
            Assert.All(expected.Zip(whole.Channels[channel]), pair => Assert.Equal(pair.First, pair.Second, 1.01f / 32768));
            Assert.Equal(whole.Channels[channel].Select(value => (short)MathF.Round(value * 32768)), wav.Read(0, 150).Where((_, i) => i % 2 == channel));
        }
        Assert.Throws<ArgumentException>(() => GrowingWavWriter.Create(folder["T.wav"], 32_000, 10, channels: 2).Append([Noise(2)]));
    }
}
