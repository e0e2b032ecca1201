using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.OnDevice;

/// <summary>The code for a GPU, run on the CPU: the same golden files, compared with the host's own arithmetic too. Counts
/// tensors, so nothing else may run at the same time.</summary>
[Collection(nameof(CodecMemoryTests.Alone))]
public sealed class DevicePassTests
{
    private const double Tolerance = 1e-4;

    private static readonly SamplingSettings Greedy = new(Greedy: true);

    [Theory]
    [InlineData("mono")]
    [InlineData("stereo")]
    [InlineData("gated-bf16")]
    [InlineData("sharded-f16")]
    public void Residual_stream_logits_and_greedy_codes_equal_the_reference(string name)
    {
        var golden = GoldenModel.Get(name);
        using var model = Load(name);
        int[] layers = [.. Enumerable.Range(0, model.Config.Decoder.Layers)];
        using var trace = new TeacherForcing(model).Trace(golden.Codes("codes"), golden.Prompts[0], layers);
        Assert.InRange(GoldenModel.Error(trace.Logits, golden.Floats("trace.0.logits")), 0, Tolerance);
        foreach (var layer in layers) Assert.InRange(GoldenModel.Error(trace.Residuals[layer], golden.Floats($"trace.0.resid_post.{layer}")), 0, Tolerance);
        foreach (var guidance in new[] { 1, 3 })
        {
            for (var prompt = 0; golden.Has($"greedy.g{guidance}.{prompt}.audio"); prompt++)
            {
                var expected = golden.Greedy($"greedy.g{guidance}.{prompt}");
                var row = new GenerationRow { Prompt = golden.Prompts[prompt], Sampling = Greedy with { Guidance = guidance } };
                Assert.Equal(expected.Values.ToArray(), new Generator(model).Make(expected.Frames, row)[0].Values.ToArray());
            }
        }
    }

    [Fact]
    public void Melodies_sound_as_the_reference_does()
    {
        var golden = GoldenModel.Get("melody");
        using var model = Load("melody");
        var heard = model.Chroma!.Extract(golden.Floats("melody.wave"));
        var rows = new[] { heard, null }.Select(melody => new GenerationRow { Prompt = golden.Prompts[0], Melody = melody, Sampling = Greedy }).ToArray();
        var codes = new Generator(model).Make(27, rows);
        foreach (var (kind, index) in new[] { ("melody", 0), ("text", 1) })
            Assert.InRange(CodecGolden.RelativeError(model.Codec.Decode(codes[index]), golden.Floats($"{kind}.greedy.g3.0.audio")), 0, Tolerance);
    }

    [Fact]
    public void Mixed_rows_windows_and_hooks_give_what_the_host_gives()
    {
        var golden = GoldenModel.Get("mono");
        using var model = Load("mono");
        GenerationRow[] Rows(RecordingHook hook) =>
        [
            new() { Prompt = golden.Prompts[0], Seed = 1 },
            new() { Prompt = null, Seed = 2, Sampling = new SamplingSettings(TopK: 0, TopP: 0.8) },
            new() { Prompt = golden.Prompts[1], Seed = 3, Sampling = new SamplingSettings(Guidance: 1, Temperature: 1.3, TopK: 20), Continue = golden.Codes("codes").Slice(0, 5) },
            new() { Prompt = "", Seed = 4, Sample = 2, Hooks = [hook, new Shift()] },
        ];
        var windows = new WindowSettings(30, 18);
        var (here, there) = (new RecordingHook(2), new RecordingHook(2));
        var host = new Generator(golden.Model).Generate(Rows(here), 60, windows: windows, cancellationToken: TestContext.Current.CancellationToken);
        var device = new Generator(model).Generate(Rows(there), 60, windows: windows, cancellationToken: TestContext.Current.CancellationToken);
        for (var row = 0; row < host.Codes.Count; row++) Assert.Equal(host.Codes[row].Values.ToArray(), device.Codes[row].Values.ToArray());
        Assert.Equal(here.Contexts, there.Contexts);
        var largest = here.Seen.Max(seen => seen.Max(MathF.Abs));
        Assert.InRange(here.Seen.Zip(there.Seen, (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max()).Max() / largest, 0, 1e-5);
    }

    [Fact]
    public void Sixteen_bits_stay_near_and_leave_no_tensor_behind()
    {
        var golden = GoldenModel.Get("mono");
        var before = LiveTensors.Settled();
        using (var model = MusicGenModel.Load(GoldenModel.FolderOf("mono"), new ModelOptions(ComputeType.BFloat16) { ByTensors = true }))
        {
            using (var trace = new TeacherForcing(model).Trace(golden.Codes("codes"), golden.Prompts[0], [3]))
                Assert.InRange(GoldenModel.Error(trace.Residuals[3], golden.Floats("trace.0.resid_post.3")), 1e-6, 0.05);
            var loaded = Tensor.TotalCount;
            new Generator(model).Make(12, new GenerationRow { Prompt = golden.Prompts[0] }, new GenerationRow { Hooks = [new Shift()] });
            Assert.Equal(loaded, Tensor.TotalCount);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static MusicGenModel Load(string name) => MusicGenModel.Load(GoldenModel.FolderOf(name), new ModelOptions { ByTensors = true });

    private sealed class Shift : IHook
    {
        public HookSite Site => HookSite.After(1);

        public Tensor? Apply(in HookContext context, Tensor residual) => context.Half == GuidanceHalf.Conditional ? residual.add(0.1f) : null;
    }
}
