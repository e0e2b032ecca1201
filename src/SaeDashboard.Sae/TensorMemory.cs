using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae;

/// <summary>Where a float32 tensor's own memory begins: for the kernels that walk over rows.</summary>
internal static class TensorMemory
{
    /// <summary>The first element of a contiguous float32 tensor in host memory. Valid while the tensor lives.</summary>
    public static unsafe float* Pointer(Tensor tensor) => (float*)TensorData.Address(tensor);
}
