using SaeDashboard.MusicGen.Tests.Codec;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.OnDevice;

/// <summary>A clip finished by libtorch's operations, as a GPU does, compared with the host's arithmetic; and no tensor is left behind. Counts tensors, so nothing
/// else may run at the same time.</summary>
[Collection(nameof(CodecMemoryTests.Alone))]
public sealed class ForcedClipOnDeviceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_device_path_gives_what_the_host_gives_and_leaves_no_tensor_behind(bool prompted)
    {
        var golden = GoldenModel.Get("mono");
        using var device = MusicGenModel.Load(GoldenModel.FolderOf("mono"), new ModelOptions { ByTensors = true });
        var (codes, prompt) = (golden.Codes("codes"), prompted ? golden.Prompts[0] : null);
        var host = Logits(golden.Model);
        var before = LiveTensors.Settled();
        var here = Logits(device);
        Assert.Equal(before, Tensor.TotalCount);
        _ = Logits(golden.Model);
        Assert.Equal(before, Tensor.TotalCount);
        Assert.InRange(host.Zip(here, (a, b) => Math.Abs(a - b)).Max() / host.Max(MathF.Abs), 0, 1e-5);

        float[] Logits(MusicGenModel model)
        {
            using var scope = NewDisposeScope();
            using var clip = new TeacherForcing(model).Begin(codes, HookSite.After(1), prompt);
            return [.. TensorData.ToArray(clip.Logits([clip.Values, clip.Values.neg()])), .. TensorData.ToArray(clip.ColumnLogits(3, clip.Values))];
        }
    }
}
