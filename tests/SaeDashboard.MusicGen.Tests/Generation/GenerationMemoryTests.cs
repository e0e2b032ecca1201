using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Generation;

/// <summary>Tensors live outside the garbage collector: these count them, so nothing else may run at the same time.</summary>
[Collection(nameof(CodecMemoryTests.Alone))]
public class GenerationMemoryTests
{
    [Fact]
    public void Generating_leaves_no_tensor_behind_not_even_when_it_ends_early()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        var continued = golden.Codes("codes").Slice(0, 5);
        GenerationRow Row(IHook hook) => new() { Prompt = golden.Prompts[0], Continue = continued, Hooks = [hook] };
        generator.Make(10, Row(new ZeroEdit(1)), new GenerationRow());

        var before = LiveTensors.Settled();
        generator.Make(10, Row(new ZeroEdit(1)), new GenerationRow());
        Assert.Equal(before, Tensor.TotalCount);
        Assert.Throws<InvalidOperationException>(() => generator.Make(10, Row(new WrongShape()), new GenerationRow()));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_run_that_is_taken_back_over_windows_leaves_no_tensor_behind()
    {
        var golden = GoldenModel.Get("mono");
        var before = LiveTensors.Settled();
        using (var run = new Generator(golden.Model).Start([new GenerationRow { Prompt = golden.Prompts[0] }], 5000, new WindowSettings(24, 14), rewindable: true))
        {
            var started = Tensor.TotalCount;
            for (var seam = 0; seam < 4; seam++)
            {
                for (var goal = run.Column + 30; run.Column < goal;) run.Advance();
                run.Rewind(run.Head - 8);
                Assert.Equal(started, Tensor.TotalCount);
            }
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Tracing_leaves_what_it_gives()
    {
        var golden = GoldenModel.Get("mono");
        var forcing = new TeacherForcing(golden.Model);
        var codes = golden.Codes("codes");
        var before = LiveTensors.Settled();
        using (NewDisposeScope())
        {
            forcing.Residuals([codes, codes], [0, 2], [golden.Prompts[0], null]);
            Assert.Equal(before + 2, Tensor.TotalCount);
        }
        using (forcing.Trace(codes, golden.Prompts[0], [1], [HookSite.After(1), HookSite.Embed])) Assert.Equal(before + 5, Tensor.TotalCount);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_disposed_model_leaves_no_tensor_behind()
    {
        var before = LiveTensors.Settled();
        using (MusicGenModel.Load(GoldenModel.FolderOf("stereo"))) Assert.True(Tensor.TotalCount > before);
        Assert.Equal(before, Tensor.TotalCount);
    }

    private sealed class WrongShape : IHook
    {
        public HookSite Site => HookSite.After(2);

        public Tensor? Apply(in HookContext context, Tensor residual) => zeros(1);
    }
}
