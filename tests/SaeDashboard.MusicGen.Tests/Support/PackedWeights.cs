using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Support;

/// <summary>Weights of products without a checkpoint.</summary>
internal static class PackedWeights
{
    /// <param name="weight"><c>[inputs, outputs]</c>, float32 or bfloat16.</param>
    /// <param name="memory">Where it is to lie.</param>
    /// <param name="scale">What it is multiplied by.</param>
    public static unsafe LinearWeight Of(Tensor weight, HostArena memory, float scale = 1)
    {
        using var scope = NewDisposeScope();
        var stored = weight.t().contiguous();
        var (inputs, outputs, isBrain) = ((int)weight.shape[0], (int)weight.shape[1], weight.dtype == ScalarType.BFloat16);
        var packed = new LinearWeight(memory.Allocate(LinearWeight.PanelsOf(outputs) * LinearWeight.PanelBytesOf(inputs, isBrain)), inputs, outputs, isBrain);
        var from = new StoredTensor(TensorData.UncheckedAddress(stored), isBrain ? TensorDType.BFloat16 : TensorDType.Float32, stored.shape);
        WorkerPool.Run(new WeightPacking(packed, [new WeightPart("w", outputs, scale)], [from], isBrain), packed.Panels);
        return packed;
    }
}
