using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Melody;
using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Melody;

/// <summary>Tensors live outside the garbage collector: these count them, so nothing else may run at the same time.</summary>
[Collection(nameof(CodecMemoryTests.Alone))]
public class MelodyMemoryTests
{
    [Fact]
    public void Following_a_melody_leaves_no_tensor_behind()
    {
        var golden = GoldenModel.Get("melody");
        var generator = new Generator(golden.Model);
        var row = new GenerationRow { Prompt = golden.Prompts[0], Melody = new MelodyChroma([1, 2]) };
        generator.Make(6, row);
        var before = LiveTensors.Settled();
        var codes = generator.Make(6, row, new GenerationRow { Prompt = "" });
        Assert.Equal(before, Tensor.TotalCount);
        using (new TeacherForcing(golden.Model).Trace(codes[0], "", [1], melody: row.Melody)) Assert.Equal(before + 3, Tensor.TotalCount);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_disposed_model_leaves_no_tensor_behind()
    {
        var before = LiveTensors.Settled();
        using (MusicGenModel.Load(GoldenModel.FolderOf("melody"))) Assert.True(Tensor.TotalCount > before);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
