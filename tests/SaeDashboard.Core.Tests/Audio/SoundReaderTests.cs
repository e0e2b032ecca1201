using SaeDashboard.Core.Audio;

namespace SaeDashboard.Core.Tests.Audio;

/// <summary>Sound read piece by piece is the sound read whole.</summary>
public sealed class SoundReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(777)]
    [InlineData(16384)]
    [InlineData(1 << 20)]
    public void Pieces_of_any_length_are_the_whole(int length)
    {
        var wave = Noise(2, 50_001, 44100);
        WavFile.Write(folder["a.wav"], wave, WavEncoding.Float32);
        using var sound = SoundReader.Open(folder["a.wav"]);
        Assert.Equal((44100, 2, 50_001L), (sound.SampleRate, sound.Channels, sound.SampleCount));
        var (left, right) = (new List<float>(), new List<float>());
        float[][] piece = [new float[length], new float[length]];
        int read;
        do
        {
            read = sound.Read(piece, length);
            left.AddRange(piece[0][..read]);
            right.AddRange(piece[1][..read]);
        }
        while (read == length);
        Assert.Equal(wave.Channels[0], left);
        Assert.Equal(wave.Channels[1], right);
    }

    [Theory]
    [InlineData(44100, 16000)]
    [InlineData(16000, 44100, Traits = ["Length", "Long"])]
    [InlineData(44101, 32000, Traits = ["Length", "Long"])]
    [InlineData(96000, 8000)]
    [InlineData(8000, 8000)]
    public void Pieces_at_another_rate_are_those_of_the_whole(int from, int to)
    {
        foreach (var samples in new[] { 1, 5, 65535, 65536, 65537, 200_001 })
        {
            var wave = Noise(2, samples, from);
            WavFile.Write(folder["a.wav"], wave, WavEncoding.Float32);
            using var sound = SoundReader.Open(folder["a.wav"]);
            var pieces = Resampler.Pieces(sound, to).ToArray();
            var whole = Resampler.To(wave, to);
            for (var channel = 0; channel < 2; channel++) Assert.Equal(whole.Channels[channel], pieces.SelectMany(piece => piece[channel]));
        }
    }

    [Fact]
    public void The_picture_of_pieces_is_that_of_the_whole()
    {
        foreach (var samples in new[] { 3, 599, 40_000, 100_003 })
        {
            var wave = Noise(2, samples, 16000);
            WavFile.Write(folder["a.wav"], wave, WavEncoding.Float32);
            using var sound = SoundReader.Open(folder["a.wav"]);
            var peaks = Peaks.Of(sound);
            Assert.Equal(Peaks.Of(wave).Values, peaks.Values);
            Assert.Equal(wave.Seconds, peaks.Seconds);
        }
    }

    [Fact]
    public void A_file_written_in_pieces_is_the_file_written_whole()
    {
        var wave = Noise(2, 40_001, 32000);
        WavFile.Write(folder["a.wav"], wave, WavEncoding.Pcm16);
        var pieces = new[] { 0, 1, 20_000, 40_001 }.Zip([1, 20_000, 40_001, 40_001], (from, to) => Array.ConvertAll(wave.Channels, channel => channel[from..to]));
        WavFile.Write(folder["b.wav"], 32000, 2, 40_001, pieces, WavEncoding.Pcm16);
        Assert.Equal(File.ReadAllBytes(folder["a.wav"]), File.ReadAllBytes(folder["b.wav"]));
        Assert.Throws<ArgumentException>(() => WavFile.Write(folder["c.wav"], 32000, 2, 40_002, [wave.Channels], WavEncoding.Pcm16));
        Assert.False(File.Exists(folder["c.wav"]));
    }

    [Fact]
    public void A_file_that_becomes_shorter_is_an_error()
    {
        WavFile.Write(folder["a.wav"], Noise(1, 100_000, 16000), WavEncoding.Float32);
        using var sound = SoundReader.Open(folder["a.wav"]);
        File.WriteAllBytes(folder["a.wav"], File.ReadAllBytes(folder["a.wav"])[..1000]);
        var error = Assert.Throws<UserException>(() => sound.Read([new float[100_000]], 100_000));
        Assert.Contains("became shorter", error.Message, StringComparison.Ordinal);
    }

    private static Waveform Noise(int channels, int samples, int rate)
    {
        var random = new Random(samples);
        return new Waveform([.. Enumerable.Range(0, channels).Select(_ => Enumerable.Range(0, samples).Select(_ => random.NextSingle() * 2 - 1).ToArray())], rate);
    }
}
