namespace SaeDashboard.Core.Tensors;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its dimensions, outermost first; empty for a single number.</param>
/// <param name="Offset">Where its bytes begin, from the start of the file.</param>
/// <param name="ByteLength">How many bytes it has: element count × element size.</param>
public sealed record TensorEntry(string Name, TensorDType DType, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>The product of the dimensions.</summary>
    public long ElementCount => ByteLength / DType.Size();

    /// <summary>"F32 [2048, 512]": for messages.</summary>
    public string Describe() => $"{DType.SafetensorsName()} [{string.Join(", ", Shape)}]";
}
