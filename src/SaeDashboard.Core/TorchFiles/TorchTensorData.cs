using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>A tensor to be written by <see cref="TorchFileWriter"/>.</summary>
/// <param name="Name">Its name in the state dict.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its dimensions; empty for a single number.</param>
/// <param name="Strides">Elements from one index to the next; <see cref="RowMajor"/> where rows lie one after the other.</param>
/// <param name="Storage">The storage's little-endian bytes, all of which belong to this tensor.</param>
public sealed record TorchTensorData(string Name, TensorDType DType, long[] Shape, long[] Strides, ReadOnlyMemory<byte> Storage)
{
    /// <summary>The strides of a tensor whose last index runs fastest.</summary>
    public static long[] RowMajor(params ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        var next = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = next;
            next *= shape[i];
        }
        return strides;
    }
}
