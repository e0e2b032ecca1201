using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Support;

/// <summary>Weights of products without a checkpoint.</summary>
internal static class PackedWeights
{
    /// <param name="weight"><c>[inputs, outputs]</c>, float32 or bfloat16.</param>
    /// <param name="memory">Where it is to lie.</param>
    /// <param name="isRounded">Whether float32 is rounded to bfloat16.</param>
    public static PanelWeight Of(Tensor weight, HostArena memory, bool isRounded = false)
    {
        using var scope = NewDisposeScope();
        var stored = weight.t().contiguous();
        var (inputs, outputs, isStored) = ((int)weight.shape[0], (int)weight.shape[1], weight.dtype == ScalarType.BFloat16);
        var isBFloat16 = isStored || isRounded;
        var packed = new PanelWeight(memory.Allocate(PanelWeight.PanelsOf(outputs) * PanelWeight.PanelBytesOf(inputs, isBFloat16)), inputs, outputs, isBFloat16);
        var from = new StoredTensor(TensorData.UncheckedAddress(stored), isStored ? TensorDType.BFloat16 : TensorDType.Float32, stored.shape);
        WorkerPool.Run(new WeightPacking(packed, [new WeightPart("w", outputs)], [from], isRounded), packed.Panels);
        return packed;
    }

    /// <summary>What a weight holds, as float32 <c>[inputs, outputs]</c>.</summary>
    public static unsafe float[] Numbers(PanelWeight weight)
    {
        const int width = PanelProduct.Width;
        var numbers = new float[weight.Inputs * weight.Outputs];
        for (var k = 0; k < weight.Inputs; k++)
        {
            for (var output = 0; output < weight.Outputs; output++)
            {
                var panel = weight.Panel(output / width);
                var place = output % width;
                numbers[k * weight.Outputs + output] = weight.IsBFloat16
                    ? BitConverter.UInt32BitsToSingle((uint)((ushort*)panel)[k * width + 2 * (place % (width / 2)) + place / (width / 2)] << 16)
                    : ((float*)panel)[k * width + place];
            }
        }
        return numbers;
    }
}
