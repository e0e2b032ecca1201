using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>Streams of any length in any pieces, of codecs of any shape: always the samples of the whole, always the same held back.</summary>
public sealed class StreamShapeTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-5;

    private static readonly AudioEncoderConfig Base = new(
        8000, 1, NumFilters: 4, HiddenSize: 8, CodebookDim: 8, CodebookSize: 16, UpsamplingRatios: [4, 3, 2], NumResidualLayers: 1, KernelSize: 7,
        LastKernelSize: 7, ResidualKernelSize: 3, DilationGrowthRate: 2, Compress: 2, NumLstmLayers: 2, "weight_norm", UseCausalConv: false,
        UseConvShortcut: false, "reflect", 1.0, Normalize: false);

    [Theory]
    [InlineData(30)]
    [InlineData(200, Traits = ["Length", "Long"])]
    public void Random_lengths_in_random_pieces_give_the_samples_of_the_whole(int rounds)
    {
        using var golden = new CodecGolden("mono");
        var codec = golden.Codec;
        // 32 kHz, kernels and ratios of MusicGen's codec: 75 ms.
        using (var stream = codec.NewStream()) Assert.Equal(2402, stream.HoldBack);
        var random = new Random(200);
        var worst = 0.0;
        for (var round = 0; round < rounds; round++)
        {
            var block = round % 4 == 0 ? random.Next(1, 7) : 0;
            worst = Math.Max(worst, Worst(codec, Codes(random, codec, random.Next(1, 61)), random, block));
        }
        output.WriteLine($"At worst {worst:E2} of the peak.");
    }

    public static TheoryData<string> Shapes => [.. Others.Keys];

    /// <summary>A codec of this shape.</summary>
    public static AudioEncoderConfig Config(string shape) => Others[shape];

    private static Dictionary<string, AudioEncoderConfig> Others => new()
    {
        ["base"] = Base,
        ["kernels 3 and 5"] = Base with { KernelSize = 3, LastKernelSize = 5 },
        ["kernels 11 and 9, residual 5"] = Base with { KernelSize = 11, LastKernelSize = 9, ResidualKernelSize = 5 },
        ["three residual layers, dilation 3"] = Base with { NumResidualLayers = 3, DilationGrowthRate = 3 },
        ["no residual layer"] = Base with { NumResidualLayers = 0 },
        ["even kernels"] = Base with { KernelSize = 6, LastKernelSize = 4, ResidualKernelSize = 2 },
        ["causal"] = Base with { UseCausalConv = true },
        ["causal, kernel 1"] = Base with { UseCausalConv = true, KernelSize = 1, UseConvShortcut = true },
        ["zeros, convolution as skip"] = Base with { PadMode = "constant", UseConvShortcut = true },
        ["one ratio, one LSTM layer"] = Base with { UpsamplingRatios = [5], NumLstmLayers = 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_hold_back_follows_from_the_kernels(string shape)
    {
        using var codec = RandomCodec.Make(Others[shape]);
        // What pads more on the left mirrors a few frames more before it begins.
        var begins = Others[shape].UseCausalConv || Others[shape].KernelSize % 2 == 0 ? 8 : 0;
        var random = new Random(7);
        var worst = 0.0;
        for (var round = 0; round < 12; round++) worst = Math.Max(worst, Worst(codec, Codes(random, codec, random.Next(1, 50)), random, round % 3, begins));
        using var stream = codec.NewStream();
        output.WriteLine($"{shape}: {stream.HoldBack} samples of {codec.HopLength} a frame held back, {worst:E2} of the peak");

        // No more than needed: a code that comes next changes the first sample held back, or one soon after it.
        var codes = Codes(random, codec, 40);
        var before = codec.Decode(codes);
        for (var codebook = 0; codebook < 2; codebook++) codes[codebook, 30] = (codes[codebook, 30] + 5) % codec.CodebookSize;
        var after = codec.Decode(codes);
        var first = Enumerable.Range(0, before.Length).First(sample => before[sample] != after[sample]);
        Assert.InRange(first, 30 * codec.HopLength - stream.HoldBack, 30 * codec.HopLength - stream.HoldBack + codec.HopLength);
    }

    [Fact]
    public void Blocks_make_a_sample_s_bits_independent_of_the_pieces()
    {
        using var golden = new CodecGolden("demo");
        var random = new Random(5);
        var codes = golden.Codes("decode.codes").Slice(0, 50);
        foreach (var block in new[] { 1, 6 })
        {
            float[]? expected = null;
            foreach (var most in new[] { 1, 3, 17, codes.Frames })
            {
                using var stream = golden.Codec.NewStream(new StreamSettings(Block: block));
                var samples = new List<float>();
                for (var final = 0; final < codes.Frames;)
                {
                    final = Math.Min(codes.Frames, final + random.Next(1, most + 1));
                    samples.AddRange(stream.Decode(codes, final));
                }
                expected ??= [.. samples];
                Assert.Equal(expected, samples);
            }
        }
    }

    [Fact]
    public void A_channel_s_stream_takes_its_codebooks_out_of_the_whole_grid()
    {
        using var golden = new CodecGolden("stereo");
        var random = new Random(8);
        var both = new CodeGrid(2 * golden.Codec.Codebooks, 40);
        for (var codebook = 0; codebook < both.Codebooks; codebook++)
            for (var frame = 0; frame < both.Frames; frame++) both[codebook, frame] = random.Next(golden.Codec.CodebookSize);
        for (var channel = 0; channel < 2; channel++)
        {
            var mine = new CodeGrid(golden.Codec.Codebooks, both.Frames);
            for (var codebook = 0; codebook < mine.Codebooks; codebook++)
                for (var frame = 0; frame < mine.Frames; frame++) mine[codebook, frame] = both[2 * codebook + channel, frame];
            var whole = golden.Codec.Decode(mine);
            using var stream = golden.Codec.NewStream(new StreamSettings(channel, 2));
            var samples = new List<float>();
            for (var final = 5; final <= 40; final += 5) samples.AddRange(stream.Decode(both, final));
            Assert.InRange(CodecGolden.RelativeError([.. samples], whole), 0, Tolerance);
        }
        using var third = golden.Codec.NewStream(new StreamSettings(0, 3));
        Assert.Contains("3 channels", Assert.Throws<UserException>(() => third.Decode(both, 40)).Message);
        Assert.Throws<UserException>(() => golden.Codec.NewStream(new StreamSettings(2, 2)));
    }

    private static CodeGrid Codes(Random random, AudioCodec codec, int frames)
    {
        var codes = new CodeGrid(codec.Codebooks, frames);
        for (var codebook = 0; codebook < codec.Codebooks; codebook++)
            for (var frame = 0; frame < frames; frame++) codes[codebook, frame] = random.Next(codec.CodebookSize);
        return codes;
    }

    /// <returns>The largest difference, of the whole's peak.</returns>
    /// <param name="begins">Frames after which the hold-back is the fixed one.</param>
    private static double Worst(AudioCodec codec, CodeGrid codes, Random random, int block, int begins = 0)
    {
        var whole = codec.Decode(codes);
        using var stream = codec.NewStream(new StreamSettings(Block: block));
        var samples = new List<float>();
        for (var final = 0; final < codes.Frames;)
        {
            final = Math.Min(codes.Frames, final + random.Next(1, 16));
            samples.AddRange(stream.Decode(codes, final));
            var ready = Math.Max(0, (long)final * codec.HopLength - stream.HoldBack);
            if (final == codes.Frames) Assert.Equal(whole.Length, stream.Samples);
            else if (final <= begins) Assert.InRange(stream.Samples, 0, ready);
            else if (block == 0) Assert.Equal(ready, stream.Samples);
            else Assert.InRange(ready - stream.Samples, 0, (block - 1) * codec.HopLength);
        }
        var error = CodecGolden.RelativeError([.. samples], whole);
        Assert.True(error <= Tolerance, $"{codes.Frames} frames, block {block}: {error:E2} of the peak");
        return error;
    }
}
