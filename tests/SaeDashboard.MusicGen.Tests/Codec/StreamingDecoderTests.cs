using SaeDashboard.Core.Data;

namespace SaeDashboard.MusicGen.Tests.Codec;

public sealed class StreamingDecoderTests(ITestOutputHelper output)
{
    /// <summary>Of the loudest sample: rounding, and nothing else.</summary>
    private const double Tolerance = 1e-5;

    public static TheoryData<string, int[]> Streams => new()
    {
        { "demo", [25] },
        { "demo", [1] },
        { "demo", [7, 1, 40, 3] },
        { "mono", [5] },
        { "gated-bf16", [4, 1] },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Decoding_bit_by_bit_gives_the_samples_of_decoding_the_whole(string folder, int[] steps)
    {
        using var golden = new CodecGolden(folder);
        var codes = folder == "demo" ? golden.Codes("decode.codes") : golden.Codes("encodec.codes");
        var whole = golden.Codec.Decode(codes);
        using var stream = golden.Codec.NewStream();
        var samples = new List<float>();
        var calls = 0;
        for (var final = 0; final < codes.Frames; calls++)
        {
            final = Math.Min(codes.Frames, final + steps[calls % steps.Length]);
            // What is not final yet must not be looked at.
            samples.AddRange(stream.Decode(Hide(codes, final), final));
            var held = (long)final * golden.Codec.HopLength - stream.Samples;
            Assert.Equal(samples.Count, stream.Samples);
            Assert.Equal(final == codes.Frames ? 0 : Math.Min(stream.HoldBack, (long)final * golden.Codec.HopLength), held);
        }
        Assert.Equal(whole.Length, samples.Count);
        var peak = whole.Max(Math.Abs);
        var error = whole.Zip(samples, (a, b) => Math.Abs(a - b)).Max() / peak;
        output.WriteLine($"{folder} [{string.Join(' ', steps)}]: {error:E2} of the peak in {calls} pieces");
        Assert.True(error <= Tolerance, $"{error:E2} of the peak");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    public void A_piece_shorter_than_the_kernels_comes_at_the_end(int frames)
    {
        using var golden = new CodecGolden("demo");
        var codes = golden.Codes("decode.codes").Slice(0, frames);
        using var stream = golden.Codec.NewStream();
        var samples = new List<float>();
        for (var final = 1; final <= frames; final++) samples.AddRange(stream.Decode(codes, final));
        var whole = golden.Codec.Decode(codes);
        var error = whole.Zip(samples, (a, b) => Math.Abs(a - b)).Max() / whole.Max(Math.Abs);
        Assert.Equal(whole.Length, samples.Count);
        Assert.True(error <= Tolerance, $"{error:E2} of the peak");
    }

    private static CodeGrid Hide(CodeGrid codes, int final)
    {
        var hidden = new CodeGrid(codes.Codebooks, codes.Frames);
        for (var codebook = 0; codebook < codes.Codebooks; codebook++)
        {
            for (var frame = 0; frame < codes.Frames; frame++) hidden[codebook, frame] = frame < final ? codes[codebook, frame] : (frame * 7 + codebook) % 64;
        }
        return hidden;
    }
}
