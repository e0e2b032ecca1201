using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Generation;

public class ContinuationParityTests(ITestOutputHelper output)
{
    /// <summary>Both channel counts, three element types, one file and shards.</summary>
    [Theory]
    [InlineData("mono")]
    [InlineData("stereo")]
    [InlineData("gated-bf16")]
    [InlineData("sharded-f16")]
    public void Sound_continued_greedily_equals_the_reference(string name)
    {
        var golden = GoldenModel.Get(name);
        var model = golden.Model;
        var channels = model.Config.Decoder.AudioChannels;
        float[][] Channels(string key) => [.. golden.Floats(key).Chunk((int)golden.Shape(key)[^1])];

        var prompt = Channels("continue.prompt");
        Assert.Equal(channels, prompt.Length);
        var expected = Channels("continue.audio");
        var frames = expected[0].Length / model.Codec.HopLength;
        var row = new GenerationRow { Prompt = golden.Prompts[0], Sampling = new SamplingSettings(3, Greedy: true), Continue = model.EncodeSound(prompt) };
        var sound = model.DecodeSound(new Generator(model).Make(frames, row)[0]);
        for (var channel = 0; channel < channels; channel++)
        {
            var error = CodecGolden.RelativeError(sound[channel], expected[channel]);
            output.WriteLine($"{name} channel {channel}: {error:E2}");
            Assert.InRange(error, 0, 1e-4);
        }
    }
}
