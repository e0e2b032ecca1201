using System.Buffers.Binary;
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
}
