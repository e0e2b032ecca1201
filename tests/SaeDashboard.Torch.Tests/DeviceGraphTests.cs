using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Tests;

public sealed class DeviceGraphTests : TensorTest
{
    [Fact]
    public void Without_a_device_there_are_no_graphs_and_that_is_said()
    {
        Assert.Equal(cuda.is_available(), DeviceGraph.IsAvailable);
        if (DeviceGraph.IsAvailable) return;
        var error = Assert.Throws<ExternalException>(() => DeviceGraph.Capture(() => Assert.Fail("Nothing is run.")));
        Assert.Contains("without CUDA", error.Message);
    }

    [Fact]
    [Trait("Needs", "Gpu")]
    public void What_was_recorded_is_computed_again_from_what_its_inputs_hold_now()
    {
        Assert.SkipUnless(cuda.is_available(), "needs a CUDA device");
        using var scope = NewDisposeScope();
        var (input, output) = (zeros(64, 64, device: CUDA), zeros(64, 64, device: CUDA));
        using var graph = DeviceGraph.Capture(() =>
        {
            using var inner = NewDisposeScope();
            output.copy_(input.mm(input).add(1));
        });
        for (var value = 1; value <= 3; value++)
        {
            input.fill_(value);
            graph.Replay();
            cuda.synchronize();
            Assert.Equal(64f * value * value + 1, output.cpu().max().item<float>());
        }
    }
}
