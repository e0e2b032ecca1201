using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>A tensor that a file of <c>torch.save</c> describes: a view into one of the file's storages.</summary>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its dimensions; empty for a single number.</param>
/// <param name="Strides">Elements from one index to the next, for each dimension: rows need not lie one after the other.</param>
/// <param name="Offset">The storage's element it begins at.</param>
/// <param name="StorageKey">The storage's name in the file, digits.</param>
/// <param name="StorageElements">Elements of the whole storage.</param>
public sealed record TorchTensor(
    TensorDType DType, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides, long Offset, string StorageKey, long StorageElements)
{
    /// <summary>The product of the dimensions.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>"F32 [2048, 512]": for messages.</summary>
    public string Describe() => $"{DType.SafetensorsName()} [{string.Join(", ", Shape)}]";
}
