using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Melody;
using SaeDashboard.MusicGen.Tests.Support;

namespace SaeDashboard.MusicGen.Tests.Melody;

public class ChromaTests
{
    private static readonly MelodyConfig Config = new(12, 235, 32000, 16384, 4096, 30 * 32000);

    [Fact]
    public void A_wave_gives_the_reference_chroma()
    {
        var golden = GoldenModel.Get("melody");
        var expected = golden.Floats("melody.chroma").Chunk(12).Select(frame => Array.IndexOf(frame, 1f));
        Assert.Equal(expected, golden.Model.Chroma!.Extract(golden.Floats("melody.wave")).Bins);
        // The wave is as long as the model's chunk: what follows it is not heard.
        Assert.Equal(1, golden.Model.Chroma.LongestSeconds);
        Assert.Equal(expected, golden.Model.Chroma.Extract([.. golden.Floats("melody.wave"), .. Sine(440, 9000)]).Bins);
    }

    [Fact]
    public void A_note_gives_its_pitch_class()
    {
        var chroma = new ChromaExtractor(Config);
        // From C3 to B5, in Hz by equal temperament with A4 = 440.
        for (var note = 48; note < 84; note++)
        {
            var hertz = 440 * Math.Pow(2, (note - 69) / 12.0);
            Assert.All(chroma.Extract(Sine(hertz, 20000)).Bins, bin => Assert.Equal(note % 12, bin));
        }
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(16383, 5)]
    [InlineData(16384, 5)]
    [InlineData(20479, 5)]
    [InlineData(20480, 6)]
    [InlineData(960000, 235)]
    [InlineData(1200000, 235)]
    public void A_sound_has_a_frame_a_hop_and_one_more_within_the_chunk(int samples, int frames) =>
        Assert.Equal(frames, new ChromaExtractor(Config).Extract(new float[samples]).Bins.Count);

    [Fact]
    public void A_short_sound_is_padded_with_silence_on_both_sides()
    {
        var small = Config with { FourierLength = 1024, HopLength = 256 };
        var sound = Sine(440, 301);
        var padded = new float[1024];
        // 723 zeros: one more behind than in front.
        sound.CopyTo(padded, 361);
        Assert.Equal(new ChromaExtractor(small).Extract(padded).Bins, new ChromaExtractor(small).Extract(sound).Bins);
    }

    [Fact]
    public void Silence_and_what_is_not_a_sound()
    {
        var chroma = new ChromaExtractor(Config);
        Assert.All(chroma.Extract(new float[50000]).Bins, bin => Assert.Equal(0, bin));
        Assert.Contains("no samples", Assert.Throws<UserException>(() => chroma.Extract([])).Message);
        Assert.Contains("Sample 2 ", Assert.Throws<UserException>(() => chroma.Extract([0, 1, float.NaN])).Message);
    }

    [Fact]
    public void Filters_are_of_length_one_under_their_octave_weighting()
    {
        var filters = ChromaFilterBank.Of(12, 4096, 32000);
        for (var bin = 1; bin <= 2048; bin += 7)
        {
            var octave = Math.Log2(bin * 32000.0 / 4096 / 27.5);
            var expected = Math.Exp(-0.5 * Math.Pow((octave - 5) / 2, 2));
            Assert.Equal(expected, Math.Sqrt(filters.Sum(filter => filter[bin] * filter[bin])), 1e-12);
        }
    }

    private static float[] Sine(double hertz, int samples) =>
        [.. Enumerable.Range(0, samples).Select(index => (float)Math.Sin(2 * Math.PI * hertz * index / 32000))];
}
