using SaeDashboard.Core.Audio;

namespace SaeDashboard.Core.Tests.Audio;

/// <summary>Every uncompressed kind of WAV that programs write: its samples are those that were meant.</summary>
public sealed class WavKindTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Integers_of_every_width_are_read_in_both_byte_orders()
    {
        Is([0f, -1f, 0.5f, 127 / 128f], new WavBytes { Bits = 8, Data = [128, 0, 192, 255] });
        Is([0.5f, -1f, 1 / 32768f], new WavBytes { Bits = 16, Data = [0, 0x40, 0, 0x80, 1, 0] });
        Is([0.5f, -1f, 1 / 32768f], new WavBytes { Bits = 16, BigEndian = true, Data = [0x40, 0, 0x80, 0, 0, 1] });
        Is([0.5f, -1f, 1 / 8388608f], new WavBytes { Bits = 24, Data = [0, 0, 0x40, 0, 0, 0x80, 1, 0, 0] });
        Is([0.5f, -1f, 1 / 8388608f], new WavBytes { Bits = 24, BigEndian = true, Data = [0x40, 0, 0, 0x80, 0, 0, 0, 0, 1] });
        Is([0.25f, -0.5f], new WavBytes { Bits = 32, Data = [0, 0, 0, 0x20, 0, 0, 0, 0xC0] });
        Is([0.25f, -0.5f], new WavBytes { Bits = 32, BigEndian = true, Data = [0x20, 0, 0, 0, 0xC0, 0, 0, 0] });
        // Fewer bits than the bytes have stand at their top.
        Is([0.5f, -0.25f], new WavBytes { Bits = 12, Data = [0, 0x40, 0, 0xE0] });
        Is([0.5f, -0.25f], new WavBytes { Bits = 20, Data = [0, 0, 0x40, 0, 0, 0xE0] });
    }

    [Fact]
    public void Floats_of_both_widths_are_read_in_both_byte_orders()
    {
        byte[] Reversed(byte[] bytes) => [.. bytes.Reverse()];
        Is([0.125f, -2.5f], new WavBytes { Tag = 3, Bits = 32, Data = [.. BitConverter.GetBytes(0.125f), .. BitConverter.GetBytes(-2.5f)] });
        Is([0.125f], new WavBytes { Tag = 3, Bits = 32, BigEndian = true, Data = Reversed(BitConverter.GetBytes(0.125f)) });
        Is([0.1f, -3f], new WavBytes { Tag = 3, Bits = 64, Data = [.. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(-3.0)] });
        Is([0.1f], new WavBytes { Tag = 3, Bits = 64, BigEndian = true, Data = Reversed(BitConverter.GetBytes(0.1)) });
        Refused(new WavBytes { Tag = 3, Bits = 64, Data = BitConverter.GetBytes(1e300) }, "not a number");
        Refused(new WavBytes { Tag = 3, Bits = 64, Data = BitConverter.GetBytes(double.NaN) }, "not a number");
    }

    /// <summary>G.711's tables, at some of their places.</summary>
    [Fact]
    public void Telephone_codes_are_read()
    {
        Is([-32124 / 32768f, 32124 / 32768f, 0f, 0f, -1884 / 32768f, 8 / 32768f], new WavBytes { Tag = 7, Bits = 8, Data = [0x00, 0x80, 0x7F, 0xFF, 0x40, 0xFE] });
        Is([-5504 / 32768f, 5504 / 32768f, -8 / 32768f, 8 / 32768f, -32256 / 32768f, 32256 / 32768f], new WavBytes { Tag = 6, Bits = 8, Data = [0x00, 0x80, 0x55, 0xD5, 0x2A, 0xAA] });
        Is([32124 / 32768f], new WavBytes { Tag = 7, Bits = 8, Extension = [0, 0], Before = WavBytes.Chunk("fact", [1, 0, 0, 0]), Data = [0x80] });
    }

    [Fact]
    public void The_extensible_format_is_read_whatever_the_valid_bits()
    {
        Is([0.5f, -0.25f], Extensible(1, 16, 16, [0, 0x40, 0, 0xE0]));
        Is([0.5f, -0.25f], Extensible(1, 24, 24, [0, 0, 0x40, 0, 0, 0xE0]));
        // 24 and 20 valid bits in 32: at the top, whatever the lowest byte holds.
        Is([0.5f, -0.25f], Extensible(1, 32, 24, [0, 0, 0, 0x40, 0, 0, 0, 0xE0]));
        Is([0.5f], Extensible(1, 32, 20, [0, 0, 0, 0x40]));
        Is([0.5f], Extensible(1, 24, 24, [0, 0, 0, 0x40]) with { Container = 4 });
        Is([0.125f], Extensible(3, 32, 32, BitConverter.GetBytes(0.125f)));
        Is([0.1f], Extensible(3, 64, 64, BitConverter.GetBytes(0.1)));
        Is([32124 / 32768f], Extensible(7, 8, 8, [0x80]));
        Is([32256 / 32768f], Extensible(6, 8, 8, [0xAA]));
    }

    /// <summary>One header, three layouts (ALSA's, the standard's, Cool Edit's): the samples tell.</summary>
    [Fact]
    public void Twenty_four_bits_in_four_bytes_are_read_in_each_of_their_layouts()
    {
        var wide = new WavBytes { Bits = 24, Container = 4 };
        int[] sound = [0x400000, -0x800000, 1, -2, 0x123456];
        float[] meant = [.. sound.Select(value => value / 8388608f)];
        Is(meant, wide with { Data = [.. sound.SelectMany(value => BitConverter.GetBytes(value << 8))] });
        Is(meant, wide with { Data = [.. sound.SelectMany(BitConverter.GetBytes)] });
        // ALSA says nothing of the top byte: some devices leave it 0.
        Is(meant, wide with { Data = [.. sound.SelectMany(value => BitConverter.GetBytes(value & 0xFFFFFF))] });
        Is(meant, wide with { Data = [.. sound.SelectMany(value => BitConverter.GetBytes((float)value))] });
        Is([0f, 0f], wide with { Data = new byte[8] });
    }

    [Fact]
    public void Long_forms_are_read()
    {
        var sound = new WavBytes { Data = [0, 0x40, 0, 0x20] };
        Is([0.5f, 0.25f], sound with { LongDataSize = 4 });
        Is([0.5f, 0.25f], sound with { LongDataSize = 4, After = WavBytes.Chunk("LIST", [1, 2, 3, 4]) });
        Is([0.5f, 0.25f], sound with { LongDataSize = 0, RiffSize = uint.MaxValue });
        Is([0.5f, 0.25f], sound with { LongDataSize = ulong.MaxValue });
        // A plain length in a long form counts.
        Is([0.5f], sound with { LongDataSize = 4, DataSize = 2 });
        Refused(sound with { LongDataSize = 400 }, "cut short: its header promises 400 bytes of samples, 4 are there");
        Refused(sound with { LongDataSize = ulong.MaxValue - 9 }, "cut short");
        var bw64 = (sound with { LongDataSize = 4 }).ToArray();
        "BW64"u8.CopyTo(bw64);
        Assert.Equal([0.5f, 0.25f], Read(bw64).Channels[0]);
    }

    /// <summary>What sox, ffmpeg, arecord, GStreamer and programs that died leave where the length should be.</summary>
    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(0u, 36u)]
    [InlineData(0u, 0x7FFFFFFFu)]
    [InlineData(0x7FFFFFFFu, 0x7FFFFFFFu)]
    [InlineData(0x7FFFF000u, 0x7FFFF024u)]
    [InlineData(0x7FFFFFDBu, 0x7FFFFFFFu)]
    [InlineData(0x80000000u, 0x80000024u)]
    [InlineData(0xFFFFFFFFu, 0xFFFFFFFFu)]
    [InlineData(0xFFFFFFFFu, 0x00000023u)]
    [InlineData(0xFFFFFFDBu, 0xFFFFFFFFu)]
    [InlineData(0xFFFFFF00u, 0u)]
    [InlineData(0xFFFF0000u, 0xFFFF0024u)]
    public void A_length_that_was_never_filled_in_means_to_the_end(uint data, uint riff)
    {
        Is([0.5f, 0.25f], new WavBytes { Data = [0, 0x40, 0, 0x20], DataSize = data, RiffSize = riff });
        // Half a sample at the end is not one yet.
        Is([0.5f, 0.25f], new WavBytes { Data = [0, 0x40, 0, 0x20, 7], DataSize = data, RiffSize = riff });
    }

    [Fact]
    public void A_length_that_cannot_be_true_is_refused_and_none_is_none()
    {
        Refused(new WavBytes { Data = [0, 0x40], DataSize = 6 }, "cut short: its header promises 6 bytes of samples, 2 are there");
        Refused(new WavBytes { Data = [0, 0x40], DataSize = 0x40000000 }, "cut short");
        Refused(new WavBytes { Data = [0, 0x40], DataSize = 0xC0000000 }, "cut short");
        Is([], new WavBytes { Data = [] });
        // What follows an empty chunk is not its samples, as long as the outer length covers it.
        Is([], new WavBytes { Data = [], After = WavBytes.Chunk("LIST", [1, 2, 3, 4]) });
    }

    [Fact]
    public void A_broadcast_wave_is_read()
    {
        var wave = new WavBytes { Data = [0, 0x40], Before = [.. WavBytes.Chunk("bext", new byte[603]), .. WavBytes.Chunk("iXML", new byte[77])], After = WavBytes.Chunk("cue ", new byte[28]) };
        Is([0.5f], wave);
    }

    [Fact]
    public void A_block_size_that_was_left_out_is_worked_out_and_a_wrong_one_refused()
    {
        Is([0.5f], new WavBytes { Data = [0, 0x40], Container = 0 });
        Refused(new WavBytes { Data = [0, 0x40], Container = 3 }, "blocks of 3 bytes");
        Refused(new WavBytes { Bits = 0, Container = 2, Data = [0, 0x40] }, "PCM of 0 bits");
    }

    [Fact]
    public void What_is_not_read_here_is_named_with_a_way_out()
    {
        foreach (var (tag, bits, name) in new[] { (2, 4, "Microsoft ADPCM"), (0x11, 4, "IMA ADPCM"), (0x31, 0, "GSM 6.10"), (0x55, 0, "MP3"), (1, 64, "PCM of 64 bits"), (3, 16, "floats of 16 bits"), (0x1234, 16, "format 4660") })
        {
            Refused(new WavBytes { Tag = tag, Bits = bits, Container = 1, Data = [1, 2] }, name);
            Refused(new WavBytes { Tag = tag, Bits = bits, Container = 1, Data = [1, 2] }, "ffmpeg -i IN");
        }
        Assert.Contains("is empty", Assert.Throws<UserException>(() => Read([])).Message, StringComparison.Ordinal);
    }

    private static WavBytes Extensible(int tag, int bits, int valid, byte[] data) => new() { Tag = 0xFFFE, Bits = bits, Extension = WavBytes.Extensible(valid, tag), Data = data };

    private void Is(float[] expected, WavBytes wave) => Assert.Equal(expected, Read(wave.ToArray()).Channels[0]);

    private void Refused(WavBytes wave, string said)
    {
        var error = Assert.Throws<UserException>(() => Read(wave.ToArray()));
        Assert.StartsWith(folder["x.wav"], error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    private Waveform Read(byte[] bytes)
    {
        File.WriteAllBytes(folder["x.wav"], bytes);
        return WavFile.Read(folder["x.wav"]);
    }
}
