using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Codec;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>Encoding in pieces gives the codes of one pass over the whole sound.</summary>
public sealed class StreamingEncoderTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(15, 100)]
    [InlineData(60, 37, Traits = ["Length", "Long"])]
    [InlineData(60, 100, Traits = ["Length", "Long"])]
    [InlineData(60, 250, Traits = ["Length", "Long"])]
    public void Music_has_the_codes_of_the_whole(int seconds, int piece)
    {
        using var golden = new CodecGolden("demo");
        var music = Music(golden.Codec, seconds * 16000 + 123);
        AssertWhole(golden.Codec, music, piece, part: 1 << 16);
    }

    /// <summary>Lengths around those of pieces and frames, in parts of all sizes.</summary>
    [Fact]
    public void Odd_lengths_in_odd_parts_have_the_codes_of_the_whole()
    {
        using var golden = new CodecGolden("demo");
        var music = Music(golden.Codec, 20_000);
        var random = new Random(4);
        int[] lengths = [1, 2, 319, 320, 321, 639, 641, 1599, 1600, 1601, 4800, 6399, 6400, 6401, 6400 + 321, .. Enumerable.Range(0, 20).Select(_ => random.Next(1, 20_000))];
        foreach (var length in lengths) AssertWhole(golden.Codec, music[..length], piece: 1 + random.Next(12), part: 1 + random.Next(3000));
    }

    public static TheoryData<string> Shapes => StreamShapeTests.Shapes;

    /// <summary>Even kernels, causal ones, zeros instead of mirrors, other ratios.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Codecs_of_every_shape_give_the_codes_of_the_whole(string shape)
    {
        using var codec = RandomCodec.Make(StreamShapeTests.Config(shape));
        var random = new Random(11);
        foreach (var length in new[] { 1, codec.HopLength, 7 * codec.HopLength + 1, 23 * codec.HopLength - 1, 40 * codec.HopLength + 5 })
        {
            float[] noise = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];
            foreach (var piece in new[] { 1, 2, 5 }) AssertWhole(codec, noise, piece, part: 1 + random.Next(50));
        }
    }

    [Fact]
    public void How_the_samples_come_does_not_matter()
    {
        using var golden = new CodecGolden("demo");
        var music = Music(golden.Codec, 16000 * 9 + 77);
        var once = golden.Codec.Encode(music);
        foreach (var part in new[] { 1000, 31_999, 100_000 })
        {
            using var stream = golden.Codec.NewEncoder();
            foreach (var samples in music.Chunk(part)) stream.Append(samples);
            Assert.Equal(music.Length, stream.Samples);
            Assert.True(once.ContentEquals(stream.Finish()));
        }
    }

    [Fact]
    public void Codes_come_while_the_sound_does_and_what_is_kept_is_bounded()
    {
        using var golden = new CodecGolden("demo");
        using var stream = golden.Codec.NewEncoder();
        for (var second = 1; second <= 12; second++)
        {
            stream.Append(new float[16000]);
            // Never more behind than a piece, the frames that are merged into a last one, and what the layers see ahead.
            Assert.InRange(stream.Frames, Math.Max(0, 50 * second - StreamingEncoder.PieceFrames - 30), 50 * second);
        }
        Assert.Equal(600, stream.Finish().Frames);
        Assert.Throws<InvalidOperationException>(() => stream.Append(new float[1]));
    }

    [Fact]
    public void What_cannot_be_encoded_is_named_by_its_place_in_the_whole()
    {
        using var golden = new CodecGolden("demo");
        using var stream = golden.Codec.NewEncoder();
        stream.Append(new float[100_000]);
        Assert.Contains("Sample 100002 ", Assert.Throws<UserException>(() => stream.Append([0, 0, float.NaN])).Message, StringComparison.Ordinal);
        using var none = golden.Codec.NewEncoder();
        Assert.Contains("no samples", Assert.Throws<UserException>(() => none.Finish()).Message, StringComparison.Ordinal);
    }

    private void AssertWhole(AudioCodec codec, float[] sound, int piece, int part)
    {
        using var stream = codec.NewEncoder(piece);
        foreach (var samples in sound.Chunk(part)) stream.Append(samples);
        var codes = stream.Finish();
        var whole = Whole(codec, sound);
        var differences = codes.Values.ToArray().Zip(whole.Values.ToArray()).Count(pair => pair.First != pair.Second);
        output.WriteLine($"{sound.Length} samples in pieces of {piece} frames: {differences} of {whole.Values.Length} codes differ");
        Assert.True(codes.ContentEquals(whole), $"{sound.Length} samples in pieces of {piece} frames: {differences} of {whole.Values.Length} codes differ, the first at frame {whole.FirstDifference(codes)}");
    }

    private static CodeGrid Whole(AudioCodec codec, float[] sound)
    {
        using var gradients = TorchSharp.torch.no_grad();
        using var scope = TorchSharp.torch.NewDisposeScope();
        return codec.Quantizer.Encode(codec.Latents(sound).contiguous());
    }

    /// <summary>Music of the demo set, decoded.</summary>
    private static float[] Music(AudioCodec codec, int samples)
    {
        using var dataset = ClipDataset.Open(Path.Combine(CodecGolden.FolderOf("demo"), "..", "dataset"));
        var music = new List<float>();
        for (var row = 0; music.Count < samples; row++) music.AddRange(codec.Decode(dataset.Codes(dataset.Clips[row])));
        return [.. music[..samples]];
    }
}
