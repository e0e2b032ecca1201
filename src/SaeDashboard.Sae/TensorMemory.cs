using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae;

/// <summary>A float32 tensor's own memory as a span, without a copy.</summary>
internal static class TensorMemory
{
    /// <summary>The elements of a contiguous float32 tensor in host memory, in order. Valid while the tensor lives.</summary>
    public static Span<float> Floats(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device.type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException($"Contiguous float32 in host memory is needed: {tensor.dtype}, {tensor.device}.", nameof(tensor));
        return MemoryMarshal.Cast<byte, float>(tensor.bytes);
    }

    /// <summary>Where those elements begin.</summary>
    public static unsafe float* Pointer(Tensor tensor) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Floats(tensor)));

    /// <summary>A new float32 tensor of this shape that holds a copy of the values.</summary>
    public static Tensor FromFloats(ReadOnlySpan<float> values, params long[] shape)
    {
        var tensor = empty(shape, ScalarType.Float32);
        values.CopyTo(Floats(tensor));
        return tensor;
    }
}
