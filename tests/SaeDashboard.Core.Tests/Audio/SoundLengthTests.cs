using System.Buffers.Binary;
using SaeDashboard.Core.Audio;

namespace SaeDashboard.Core.Tests.Audio;

/// <summary>What compressed files say of their own length; scripts/checks/import.sh asks it of files that ffmpeg made, whole and cut.</summary>
public sealed class SoundLengthTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_flac_announces_its_samples()
    {
        var bytes = new byte[100];
        "fLaC"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(18), (44_100L << 44) | (1L << 41) | (15L << 36) | 5_000_000_000);
        Assert.Null(Problem(bytes, 5_000_000_000));
        Assert.Equal("it is cut short: it announces 5,000,000,000 samples, 4,999,999,999 are there", Problem(bytes, 4_999_999_999));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(18), 44_100L << 44);
        Assert.Null(Problem(bytes, 1));
    }

    [Theory]
    // MPEG 1 in stereo and mono, MPEG 2 in stereo; with and without a picture before it.
    [InlineData(0xFB, 0x90, 0x00, 36, 1152, 0)]
    [InlineData(0xFB, 0x90, 0xC0, 21, 1152, 5000)]
    [InlineData(0xF3, 0x80, 0x00, 21, 576, 100_000)]
    public void An_mp3_with_a_xing_header_announces_its_frames(int second, int third, int fourth, int tag, int frame, int picture)
    {
        var head = picture == 0 ? [] : new byte[10 + picture];
        if (picture > 0) new byte[] { (byte)'I', (byte)'D', (byte)'3', 4, 0, 0, (byte)(picture >> 21), (byte)((picture >> 14) & 127), (byte)((picture >> 7) & 127), (byte)(picture & 127) }.CopyTo(head, 0);
        var first = new byte[600];
        (first[0], first[1], first[2], first[3]) = (0xFF, (byte)second, (byte)third, (byte)fourth);
        "Info"u8.CopyTo(first.AsSpan(tag));
        first[tag + 7] = 1;
        BinaryPrimitives.WriteInt32BigEndian(first.AsSpan(tag + 8), 100);
        byte[] bytes = [.. head, .. first];
        Assert.Null(Problem(bytes, 100 * frame));
        Assert.Null(Problem(bytes, 97 * frame));
        Assert.StartsWith("it is cut short", Problem(bytes, 90 * frame), StringComparison.Ordinal);
        first[tag] = 0;
        Assert.Null(Problem([.. head, .. first], 1));
    }

    [Fact]
    public void An_ogg_ends_with_a_page_that_says_so()
    {
        byte[] Page(byte flags) => [.. "OggS"u8, 0, flags, .. new byte[20], 1, 30, .. new byte[30]];
        Assert.Null(Problem([.. Page(2), .. Page(0), .. Page(4)], 1));
        Assert.Equal("it is cut short: its stream of pages has no end", Problem([.. Page(2), .. Page(0)], 1));
        Assert.NotNull(Problem([.. Page(2), .. Page(4)[..^1]], 1));
    }

    [Fact]
    public void What_says_nothing_has_no_problem()
    {
        Assert.Null(Problem([], 1));
        Assert.Null(Problem(new byte[500], 1));
        Assert.Null(Problem([0x49, 0x44, 0x33, 4, 0, 0, 127, 127, 127, 127, .. new byte[100]], 1));
        File.WriteAllBytes(folder["x"], [.. "a text and not a sound"u8]);
        Assert.False(SoundLength.LooksLikeSound(folder["x"]));
        File.WriteAllBytes(folder["x"], [.. "fLaC"u8, .. new byte[20]]);
        Assert.True(SoundLength.LooksLikeSound(folder["x"]));
    }

    private string? Problem(byte[] bytes, long samples)
    {
        File.WriteAllBytes(folder["sound"], bytes);
        return SoundLength.Problem(folder["sound"], samples);
    }
}
