using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>Turns the few calls in a state dict's pickle into data, checking each argument.</summary>
internal static class PickleShape
{
    private const int MostDimensions = 8;
    private const int MostDepth = 32;
    private const int LongestKey = 9;

    public static UserException Refuse(string path, string what) =>
        new($"{path}: its data.pkl is not a state dict that can be read: {what}. Fetch the file again, or save the state dict alone with torch.save.");

    /// <summary>A persistent id: ("storage", type, key, device, elements).</summary>
    public static PickleStorage Storage(string path, object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal { Storage: { } dtype }, string key, string, long elements] }
            || elements is < 0 or > int.MaxValue)
            throw Refuse(path, "a tensor's storage is not described as torch describes it");
        if (key.Length is 0 or > LongestKey || !key.All(char.IsAsciiDigit))
            throw Refuse(path, $"a storage is named \"{ZipDirectory.Shown(key)}\"; torch names them by numbers");
        return new PickleStorage(dtype, key, elements);
    }

    /// <summary>What a REDUCE builds.</summary>
    public static object Build(string path, object? callable, object? arguments)
    {
        if (callable is not PickleGlobal function || arguments is not PickleTuple { Items: var items }) throw Refuse(path, "it calls what is no function");
        return function.Name switch
        {
            "OrderedDict" when items.Length == 0 => new PickleDict(Ordered: true),
            "_rebuild_parameter" when items is [TorchTensor tensor, bool, PickleDict] => tensor,
            "_rebuild_tensor_v2" when items is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, bool, PickleDict] =>
                Tensor(path, storage, offset, shape, strides),
            _ => throw Refuse(path, $"it calls {function.Module}.{function.Name} with arguments that torch does not give it"),
        };
    }

    /// <summary>A BUILD: only the <c>_metadata</c> that a module's state dict carries, which does not describe tensors.</summary>
    public static void RequireMetadata(string path, object? target, object? state)
    {
        if (target is not PickleDict { Ordered: true } || state is not PickleDict { Items: [{ Key: "_metadata", Value: PickleDict }] })
            throw Refuse(path, "it sets an object's state (BUILD); only a state dict's _metadata may be set");
    }

    /// <summary>Checks that no value contains itself or is nested too deeply, so that traversing it terminates.</summary>
    public static void RequireTree(string path, object? root)
    {
        var open = new Stack<(object Value, IEnumerator<object?> Children)>();
        var above = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var done = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Enter(root);
        while (open.TryPeek(out var top))
        {
            if (top.Children.MoveNext())
            {
                Enter(top.Children.Current);
                continue;
            }
            open.Pop();
            above.Remove(top.Value);
            done.Add(top.Value);
        }

        void Enter(object? value)
        {
            if (value is not (PickleTuple or PickleList or PickleDict) || done.Contains(value)) return;
            if (!above.Add(value)) throw Refuse(path, "a value in it contains itself");
            if (above.Count > MostDepth) throw Refuse(path, $"values in it are nested deeper than {MostDepth}");
            open.Push((value, Children(value).GetEnumerator()));
        }
    }

    private static IEnumerable<object?> Children(object value) => value switch
    {
        PickleTuple tuple => tuple.Items,
        PickleList list => list.Items,
        PickleDict dict => dict.Items.Select(item => item.Value),
        _ => [],
    };

    private static TorchTensor Tensor(string path, PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides)
    {
        var (sizes, steps) = (Numbers(path, shape), Numbers(path, strides));
        if (sizes.Length != steps.Length || sizes.Length > MostDimensions || offset < 0)
            throw Refuse(path, "a tensor has no shape, strides and offset that belong together");
        Int128 last = offset, count = 1;
        for (var i = 0; i < sizes.Length; i++)
        {
            count *= sizes[i];
            if (count > long.MaxValue) throw Refuse(path, "a tensor in it is larger than any memory");
            last += (Int128)(sizes[i] - 1) * steps[i];
        }
        // A tensor with more elements than its storage (strides of 0) would make a small file fill the memory.
        if (count > storage.Elements || (count > 0 && last >= storage.Elements))
        {
            throw Refuse(path, $"a tensor [{string.Join(", ", sizes)}] with strides ({string.Join(", ", steps)}) does not fit into its storage " +
                $"of {storage.Elements} elements");
        }
        return new TorchTensor(storage.DType, sizes, steps, offset, storage.Key, storage.Elements);
    }

    private static long[] Numbers(string path, PickleTuple tuple)
    {
        var numbers = new long[tuple.Items.Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = tuple.Items[i] is long number and >= 0 and <= int.MaxValue
                ? number
                : throw Refuse(path, "a tensor's shape or strides are no whole numbers from 0 on");
        return numbers;
    }
}

/// <summary>A Python name in a pickle: one of the few in <see cref="PickleGlobal.Known"/>.</summary>
internal sealed record PickleGlobal(string Module, string Name, TensorDType? Storage = null)
{
    /// <summary>The names of a saved state dict. None is code: each is a kind of data that <see cref="PickleReader"/> builds itself.</summary>
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

/// <summary>A dict, its members in order.</summary>
/// <param name="Ordered">Whether it is an OrderedDict, which may carry a state dict's <c>_metadata</c>.</param>
internal sealed record PickleDict(bool Ordered)
{
    public List<KeyValuePair<object, object?>> Items { get; } = [];

    public HashSet<object> Keys { get; } = [];
}
