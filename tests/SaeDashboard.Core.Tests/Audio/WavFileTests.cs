using System.Buffers.Binary;
using System.Text;
using SaeDashboard.Core.Audio;

namespace SaeDashboard.Core.Tests.Audio;

public sealed class WavFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 16000)]
    [InlineData(2, 32000)]
    [InlineData(6, 48000)]
    public void Float_samples_come_back_bit_for_bit(int channels, int rate)
    {
        var random = new Random(3);
        float[] Noise() => [.. Enumerable.Range(0, 40_001).Select(_ => random.NextSingle() * 4 - 2)];
        var wave = new Waveform([.. Enumerable.Range(0, channels).Select(_ => Noise())], rate);
        WavFile.Write(folder["a.wav"], wave, WavEncoding.Float32);
        var read = WavFile.Read(folder["a.wav"]);
        Assert.Equal(rate, read.SampleRate);
        Assert.Equal(wave.Channels, read.Channels);
        Assert.Equal(40_001.0 / rate, read.Seconds);
    }

    [Fact]
    public void Every_16_bit_sample_comes_back_and_what_is_too_loud_is_clipped()
    {
        var samples = Enumerable.Range(-32768, 65536).Select(i => i / 32768f).ToArray();
        WavFile.Write(folder["a.wav"], new Waveform([samples, [.. samples.Reverse()]], 44100), WavEncoding.Pcm16);
        var read = WavFile.Read(folder["a.wav"]);
        Assert.Equal(samples, read.Channels[0]);
        Assert.Equal(samples.Reverse(), read.Channels[1]);
        Assert.Equal(44 + 65536 * 4, new FileInfo(folder["a.wav"]).Length);

        WavFile.Write(folder["b.wav"], new Waveform([[1f, 7f, -1f, -9f, 0.4f / 32768, 0.6f / 32768]], 8000), WavEncoding.Pcm16);
        Assert.Equal([32767 / 32768f, 32767 / 32768f, -1f, -1f, 0f, 1 / 32768f], WavFile.Read(folder["b.wav"]).Channels[0]);
    }

    [Fact]
    public void The_header_is_the_one_of_the_standard()
    {
        WavFile.Write(folder["a.wav"], new Waveform([[0.5f, -0.5f]], 16000), WavEncoding.Pcm16);
        byte[] expected =
        [
            .. "RIFF"u8, 40, 0, 0, 0, .. "WAVEfmt "u8, 16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3E, 0, 0, 0, 0x7D, 0, 0, 2, 0, 16, 0,
            .. "data"u8, 4, 0, 0, 0, 0, 0x40, 0, 0xC0,
        ];
        Assert.Equal(expected, File.ReadAllBytes(folder["a.wav"]));
    }

    [Fact]
    public void Wider_integers_and_the_extensible_format_are_read()
    {
        var read = Read(Wav(Format(1, 1, 24), [0, 0, 0x40, 0, 0, 0x80, 1, 0, 0]));
        Assert.Equal([0.5f, -1f, 1 / 8388608f], read.Channels[0]);
        read = Read(Wav(Format(1, 2, 32), [0, 0, 0, 0x20, 0, 0, 0, 0xC0]));
        Assert.Equal([0.25f], read.Channels[0]);
        Assert.Equal([-0.5f], read.Channels[1]);
        byte[] guidTail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
        read = Read(Wav([.. Format(0xFFFE, 1, 32), 22, 0, 32, 0, 4, 0, 0, 0, 3, 0, .. guidTail], BitConverter.GetBytes(0.125f)));
        Assert.Equal([0.125f], read.Channels[0]);
    }

    [Fact]
    public void Other_chunks_are_passed_over_and_a_length_not_yet_known_means_to_the_end()
    {
        byte[] list = [.. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, 0];
        var wav = Wav(Format(1, 1, 16), [0, 0x40, 0, 0x20], before: list);
        Assert.Equal([0.5f, 0.25f], Read(wav).Channels[0]);
        Assert.Equal([0.5f, 0.25f], Read([.. wav, .. list]).Channels[0]);
        var growing = (byte[])wav.Clone();
        BinaryPrimitives.WriteUInt32LittleEndian(growing.AsSpan(growing.Length - 8), uint.MaxValue);
        Assert.Equal([0.5f, 0.25f], Read(growing).Channels[0]);
        Assert.Equal([0.5f], Read(growing[..^1]).Channels[0]); // Half a sample is not one yet.
        BinaryPrimitives.WriteUInt32LittleEndian(growing.AsSpan(growing.Length - 8), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(growing.AsSpan(4), 0);
        Assert.Equal([0.5f, 0.25f], Read(growing).Channels[0]);
        Assert.Equal(0, Read(Wav(Format(1, 1, 16), [])).SampleCount);
    }

    [Fact]
    public void Cut_anywhere_it_is_refused()
    {
        WavFile.Write(folder["a.wav"], new Waveform([[1f, 2f, 3f]], 16000), WavEncoding.Float32);
        var whole = File.ReadAllBytes(folder["a.wav"]);
        for (var length = 0; length < whole.Length; length++) Refused(whole[..length]);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(2000, Traits = ["Length", "Long"])]
    public void Damage_never_ends_in_another_exception(int rounds)
    {
        WavFile.Write(folder["a.wav"], new Waveform([[1f, 2f, 3f], [4f, 5f, 6f]], 16000), WavEncoding.Float32);
        var whole = File.ReadAllBytes(folder["a.wav"]);
        var random = new Random(5);
        for (var round = 0; round < rounds; round++)
        {
            var changed = whole[..random.Next(30, whole.Length + 1)];
            for (var n = random.Next(1, 5); n > 0; n--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                Read(changed);
            }
            catch (UserException)
            {
                // As it should be.
            }
        }
    }

    [Fact]
    public void What_cannot_be_read_says_what_to_do()
    {
        Assert.Contains("ffmpeg", Refused([.. "ID3\u0004"u8, .. new byte[60]]).Message, StringComparison.Ordinal);
        Assert.Contains("Microsoft ADPCM", Refused(Wav(Format(2, 1, 16), [1, 2])).Message, StringComparison.Ordinal);
        Assert.Contains("0 channels", Refused(Wav(Format(1, 0, 16), [1, 2])).Message, StringComparison.Ordinal);
        Assert.Contains("not a number", Refused(Wav(Format(3, 1, 32), BitConverter.GetBytes(float.NaN))).Message, StringComparison.Ordinal);
        Assert.Contains("cut short", Refused(Wav(Format(1, 1, 16), new byte[8])[..^2]).Message, StringComparison.Ordinal);
        var missing = Assert.Throws<UserException>(() => WavFile.Read(folder["none.wav"]));
        Assert.Contains("does not exist", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sample_that_is_not_finite_is_not_written()
    {
        Assert.Throws<ArgumentException>(() => WavFile.Write(folder["a.wav"], new Waveform([[0f, float.NaN]], 8000), WavEncoding.Pcm16));
        Assert.False(File.Exists(folder["a.wav"]));
    }

    [Fact]
    public void Waveforms_hold_channels_of_one_length()
    {
        Assert.Throws<ArgumentException>(() => new Waveform([], 8000));
        Assert.Throws<ArgumentException>(() => new Waveform([[1f], [1f, 2f]], 8000));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Waveform([[1f]], 0));
        Assert.Equal([0.5f, 0.25f], new Waveform([[1f, 0f], [0f, 0.5f]], 8000).ToMono());
    }

    private Waveform Read(byte[] bytes)
    {
        File.WriteAllBytes(folder["x.wav"], bytes);
        return WavFile.Read(folder["x.wav"]);
    }

    private UserException Refused(byte[] bytes)
    {
        var error = Assert.Throws<UserException>(() => Read(bytes));
        Assert.StartsWith(folder["x.wav"], error.Message, StringComparison.Ordinal);
        return error;
    }

    private static byte[] Format(int tag, int channels, int bits)
    {
        var format = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(format, (ushort)tag);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(2), (ushort)channels);
        BinaryPrimitives.WriteUInt32LittleEndian(format.AsSpan(4), 16000);
        BinaryPrimitives.WriteUInt32LittleEndian(format.AsSpan(8), (uint)(16000 * channels * bits / 8));
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(12), (ushort)(channels * bits / 8));
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(14), (ushort)bits);
        return format;
    }

    private static byte[] Wav(byte[] format, byte[] data, byte[]? before = null) =>
    [
        .. "RIFF"u8, .. BitConverter.GetBytes(28 + format.Length + data.Length + (before?.Length ?? 0)), .. "WAVE"u8,
        .. Encoding.ASCII.GetBytes("fmt "), .. BitConverter.GetBytes(format.Length), .. format, .. before ?? [],
        .. "data"u8, .. BitConverter.GetBytes(data.Length), .. data,
    ];
}
