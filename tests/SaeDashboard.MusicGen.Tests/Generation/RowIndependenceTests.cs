using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Generation;

/// <summary>Bit for bit: the number of threads, which these tests change, may not change under another test's hands.</summary>
[Collection(nameof(CodecMemoryTests.Alone))]
public class RowIndependenceTests
{
    private const int Frames = 60;

    [Theory]
    [InlineData("demo")]
    [InlineData("mono")]
    [InlineData("stereo")]
    public void A_request_gives_the_same_bits_alone_and_as_row_5_of_8(string name)
    {
        var golden = GoldenModel.Get(name);
        var generator = new Generator(golden.Model);
        var last = golden.Model.Config.Decoder.Layers - 1;
        RecordingHook alone = new(last), amongOthers = new(last);
        GenerationRow Row(IHook hook) =>
            new() { Prompt = golden.Prompts[0], Seed = 11, Sampling = new SamplingSettings(TopK: 50), Hooks = [hook] };

        var expected = generator.Make(Frames, Row(alone))[0];
        var beginning = expected.Slice(3, 20);
        GenerationRow[] batch =
        [
            new() { Prompt = golden.Prompts[1], Seed = 1 },
            new() { Prompt = null, Seed = 2 },
            new() { Prompt = golden.Prompts[0], Seed = 3, Sampling = new SamplingSettings(Guidance: 1) },
            new() { Prompt = golden.Prompts[2], Seed = 4, Continue = beginning },
            new() { Prompt = golden.Prompts[0], Seed = 5, Continue = beginning.Slice(0, 5) },
            Row(amongOthers),
            new() { Prompt = golden.Prompts[^1], Seed = 6, Sampling = new SamplingSettings(Greedy: true) },
            new() { Prompt = golden.Prompts[1], Seed = 7 },
        ];
        var together = generator.Make(Frames, batch);

        Assert.Equal(expected.Values.ToArray(), together[5].Values.ToArray());
        Assert.Equal(alone.Seen.Count, amongOthers.Seen.Count);
        for (var call = 0; call < alone.Seen.Count; call++) Assert.Equal(alone.Seen[call], amongOthers.Seen[call]);
        // And what continues codes gives what it gives alone.
        foreach (var row in new[] { 3, 4 })
            Assert.Equal(generator.Make(Frames, batch[row])[0].Values.ToArray(), together[row].Values.ToArray());
    }

    [Fact]
    public void Arms_with_a_zero_edit_are_equal_bit_for_bit_while_their_hooks_run()
    {
        var golden = GoldenModel.Get("demo");
        var (watch, zero) = (new RecordingHook(7), new RecordingHook(7));
        var edit = new ZeroEdit(4);
        GenerationRow Arm(params IHook[] hooks) => new() { Prompt = golden.Prompts[0], Seed = 21, Hooks = hooks };
        var codes = new Generator(golden.Model).Make(Frames, Arm(watch), new GenerationRow { Prompt = golden.Prompts[1], Seed = 3 },
            Arm(edit, zero));

        Assert.Equal(codes[0].Values.ToArray(), codes[2].Values.ToArray());
        // Two halves, a call for each of the F + 3 columns.
        Assert.Equal(2 * (Frames + 3), edit.Calls);
        Assert.Equal(watch.Seen.Count, zero.Seen.Count);
        for (var call = 0; call < watch.Seen.Count; call++) Assert.Equal(watch.Seen[call], zero.Seen[call]);
    }

    [Fact]
    public void More_rows_than_one_multiplication_holds_change_nothing()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        GenerationRow Row(int index) => new() { Prompt = golden.Prompts[index % 4], Seed = (ulong)index };
        GenerationRow[] rows = [.. Enumerable.Range(0, 19).Select(Row)];
        var together = generator.Make(27, rows);
        foreach (var index in new[] { 0, 7, 8, 15, 18 })
            Assert.Equal(generator.Make(27, rows[index])[0].Values.ToArray(), together[index].Values.ToArray());
    }

    [Theory]
    [InlineData(256, 768, 2)]
    [InlineData(1024, 256, 2)]
    [InlineData(256, 5000, 3)]
    [InlineData(1027, 4099, 2)]
    [InlineData(48, 147, 1)]
    [InlineData(3, 5, 1)]
    public void A_row_is_multiplied_alike_at_every_place_among_any_number(int inputs, int outputs, int threads)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(1);
        var before = TorchRuntime.Threads;
        TorchRuntime.Initialize(threads);
        try
        {
            var weight = randn(inputs, outputs);
            using var memory = new HostArena();
            var packed = PackedWeights.Of(weight, memory);
            var row = randn(inputs);
            var reference = row.to(ScalarType.Float64).unsqueeze(0).mm(weight.to(ScalarType.Float64)).to(ScalarType.Float32);
            float[]? expected = null;
            foreach (var rows in new[] { 1, 2, 3, 8, 17 })
            {
                for (var place = 0; place < rows; place++)
                {
                    using var inner = NewDisposeScope();
                    var x = randn(rows, inputs);
                    x.select(0, place).copy_(row);
                    var product = RowArithmetic.Multiply(x, packed);
                    var values = TensorData.ToArray(ErrorFunction.Gelu(product).select(0, place));
                    expected ??= values;
                    Assert.Equal(expected, values);
                    Assert.InRange(GoldenModel.Error(product.select(0, place), TensorData.ToArray(reference)), 0, 1e-5);
                }
            }
        }
        finally
        {
            TorchRuntime.Initialize(Math.Max(1, before));
        }
    }

    [Fact]
    public void Noise_depends_on_seed_and_sample_alone()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        GenerationRow Row(ulong seed, int sample) => new() { Prompt = golden.Prompts[0], Seed = seed, Sample = sample };
        var codes = generator.Make(40, Row(1, 0), Row(1, 0), Row(1, 1), Row(2, 0));
        Assert.True(codes[0].ContentEquals(codes[1]));
        Assert.False(codes[0].ContentEquals(codes[2]));
        Assert.False(codes[0].ContentEquals(codes[3]));
    }
}
