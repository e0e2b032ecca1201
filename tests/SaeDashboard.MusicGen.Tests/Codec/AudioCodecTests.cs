using SaeDashboard.Core;
using SaeDashboard.Core.Data;

namespace SaeDashboard.MusicGen.Tests.Codec;

public class AudioCodecTests(ITestOutputHelper output)
{
    private const double AudioTolerance = 1e-4;

    /// <summary>
    /// Three ways to store a weight (mono: g and v; stereo, gated: parametrized), three element types, two rates, one file or shards.
    /// </summary>
    public static TheoryData<string> Folders => ["mono", "stereo", "gated-bf16", "sharded-f16", "melody"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Decoding_gives_the_reference_sound(string folder)
    {
        using var golden = new CodecGolden(folder);
        foreach (var name in new[] { "encodec", "encodec.short" })
        {
            var error = CodecGolden.RelativeError(golden.Codec.Decode(golden.Codes($"{name}.codes")), golden.Audio($"{name}.decoded"));
            output.WriteLine($"{folder} {name}: {error:E2}");
            Assert.True(error <= AudioTolerance, $"{folder} {name}: {error:E2}");
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Encoding_gives_the_reference_codes_but_for_ties(string folder)
    {
        using var golden = new CodecGolden(folder);
        foreach (var name in new[] { "encodec", "encodec.short" })
        {
            var wave = golden.Audio($"{name}.wave");
            var (equal, ties) = CodeComparison.Compare(golden.Codec, wave, golden.Codec.Encode(wave), golden.Codes($"{name}.codes"));
            output.WriteLine($"{folder} {name}: {equal} codes equal, {ties} frames with a tie");
        }
    }

    [Theory]
    [InlineData("mono", 4)]
    [InlineData("stereo", 8)]
    [InlineData("gated-bf16", 4)]
    [InlineData("sharded-f16", 4)]
    public void Greedy_codes_sound_as_the_reference_does(string folder, int recordings)
    {
        using var golden = new CodecGolden(folder);
        var keys = golden.Keys
            .Where(key => key.StartsWith("greedy.", StringComparison.Ordinal)
                && key.Contains(".codes.", StringComparison.Ordinal)).ToList();
        Assert.Equal(recordings, keys.Count);
        foreach (var key in keys)
        {
            // greedy.g3.0.codes.1: channel 1 of greedy.g3.0.audio
            var (take, channel) = (key[..key.IndexOf(".codes.", StringComparison.Ordinal)], key[^1] - '0');
            var error = CodecGolden.RelativeError(golden.Codec.Decode(golden.Codes(key)), golden.Audio($"{take}.audio", channel));
            output.WriteLine($"{folder} {key}: {error:E2}");
            Assert.True(error <= AudioTolerance, $"{folder} {key}: {error:E2}");
        }
    }

    [Theory]
    [InlineData("decode.codes", "decode.audio")]
    [InlineData("greedy.g1.0.codes", "greedy.g1.0.audio")]
    [InlineData("greedy.g3.0.codes", "greedy.g3.0.audio")]
    public void The_shipped_model_decodes_as_the_reference_does(string codes, string audio)
    {
        using var golden = new CodecGolden("demo");
        var error = CodecGolden.RelativeError(golden.Codec.Decode(golden.Codes(codes)), golden.Audio(audio));
        output.WriteLine($"demo {codes}: {error:E2}");
        Assert.True(error <= AudioTolerance, $"demo {codes}: {error:E2}");
    }

    [Fact]
    public void The_shipped_model_says_what_its_codec_is()
    {
        using var golden = new CodecGolden("demo");
        Assert.Equal(16000, golden.Codec.SampleRate);
        Assert.Equal(320, golden.Codec.HopLength);
        Assert.Equal(50, golden.Codec.FrameRate);
        Assert.Equal(4, golden.Codec.Codebooks);
        Assert.Equal(1024, golden.Codec.CodebookSize);
    }

    [Fact]
    public void The_same_codes_give_the_same_samples()
    {
        using var golden = new CodecGolden("demo");
        using var again = new CodecGolden("demo");
        var codes = golden.Codes("decode.codes");
        var first = golden.Codec.Decode(codes);
        golden.Codec.Decode(codes.Slice(7, 13));
        Assert.Equal(first, golden.Codec.Decode(codes));
        Assert.Equal(first, again.Codec.Decode(codes));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(640, 1)]
    [InlineData(641, 2)]
    [InlineData(1280, 2)]
    [InlineData(6401, 11)]
    public void A_started_frame_is_a_frame(int samples, int frames)
    {
        using var golden = new CodecGolden("mono");
        var codes = golden.Codec.Encode(golden.Audio("encodec.wave")[..samples]);
        Assert.Equal((4, frames), (codes.Codebooks, codes.Frames));
        Assert.Equal(frames * 640, golden.Codec.Decode(codes).Length);
    }

    [Fact]
    public void No_frames_give_no_samples()
    {
        using var golden = new CodecGolden("mono");
        Assert.Empty(golden.Codec.Decode(new CodeGrid(4, 0)));
    }

    [Fact]
    public void What_cannot_be_coded_is_refused_with_a_reason()
    {
        using var golden = new CodecGolden("mono");
        var beyond = new CodeGrid(4, 5);
        beyond[2, 3] = 64;
        AssertRefused("no samples", () => golden.Codec.Encode([]));
        AssertRefused("Sample 1 ", () => golden.Codec.Encode([0, float.NaN]));
        AssertRefused("3 codebooks", () => golden.Codec.Decode(new CodeGrid(3, 5)));
        AssertRefused("codebook 2, frame 3 holds the code 64; the model's codes are 0 to 63.", () => golden.Codec.Decode(beyond));

        static void AssertRefused(string reason, Func<object> call) =>
            Assert.Contains(reason, Assert.Throws<UserException>(call).Message, StringComparison.Ordinal);
    }
}
