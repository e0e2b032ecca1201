using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>What a pickle names in Python: one of the few names that <see cref="PickleGlobal.Known"/> holds.</summary>
internal sealed record PickleGlobal(string Module, string Name, TensorDType? Storage = null)
{
    /// <summary>Everything a saved state dict needs. Nothing of it is code: each is a shape of data that <see cref="PickleReader"/> builds itself.</summary>
    public static readonly IReadOnlyList<PickleGlobal> Known =
    [
        new("collections", "OrderedDict"), new("torch._utils", "_rebuild_tensor_v2"), new("torch._utils", "_rebuild_parameter"),
        new("torch", "DoubleStorage", TensorDType.Float64), new("torch", "FloatStorage", TensorDType.Float32),
        new("torch", "HalfStorage", TensorDType.Float16), new("torch", "BFloat16Storage", TensorDType.BFloat16),
        new("torch", "LongStorage", TensorDType.Int64), new("torch", "IntStorage", TensorDType.Int32),
        new("torch", "ShortStorage", TensorDType.Int16), new("torch", "CharStorage", TensorDType.Int8),
        new("torch", "ByteStorage", TensorDType.UInt8), new("torch", "BoolStorage", TensorDType.Bool),
    ];

    public static PickleGlobal Named(string name) => Known.First(each => each.Name == name);
}

/// <summary>A storage: its elements' type, its name in the archive, how many elements it has.</summary>
internal sealed record PickleStorage(TensorDType DType, string Key, long Elements);

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A list.</summary>
internal sealed record PickleList(List<object?> Items);

/// <summary>A dict; its members in the order they came.</summary>
/// <param name="Ordered">Whether it is an OrderedDict, which may carry a state dict's <c>_metadata</c>.</param>
internal sealed record PickleDict(bool Ordered)
{
    public List<KeyValuePair<object, object?>> Items { get; } = [];

    public HashSet<object> Keys { get; } = [];
}
