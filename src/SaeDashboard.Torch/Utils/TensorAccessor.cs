using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>Reads and writes the elements of a tensor on the CPU, in row-major order whatever its strides are.</summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly Tensor tensor;
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;

    internal TensorAccessor(Tensor tensor)
    {
        this.tensor = tensor;
        shape = tensor.shape;
        strides = tensor.stride();
        contiguous = tensor.is_contiguous();
        Count = tensor.numel();
    }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>False: writing goes to the tensor.</summary>
    public bool IsReadOnly => false;

    /// <summary>One element.</summary>
    public unsafe T this[params long[] indices]
    {
        get
        {
            var value = Pointer[Offset(indices)];
            GC.KeepAlive(tensor);
            return value;
        }
        set
        {
            Pointer[Offset(indices)] = value;
            GC.KeepAlive(tensor);
        }
    }

    private unsafe T* Pointer => (T*)tensor.DataPointer;

    internal unsafe T At(long i)
    {
        if (i < 0 || i >= Count) throw new ArgumentOutOfRangeException(nameof(i), i, $"The tensor has {Count} elements.");
        var value = Pointer[contiguous ? i : Offset(i)];
        GC.KeepAlive(tensor);
        return value;
    }

    /// <summary>All elements.</summary>
    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    /// <summary>All elements, in an array of the tensor's shape.</summary>
    public Array ToNDArray()
    {
        if (shape.Length == 0) return ToArray();
        var array = Array.CreateInstance(typeof(T), shape);
        var index = new long[shape.Length];
        foreach (var value in this)
        {
            array.SetValue(value, index);
            for (var axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) index[axis] = 0;
        }
        return array;
    }

    /// <summary>Copies elements out, from the tensor's <paramref name="tensorIndex"/>-th on.</summary>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies elements out, from the tensor's <paramref name="tensorIndex"/>-th on, as many as there is room for.</summary>
    public unsafe void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array[arrayIndex..];
        var count = (int)Math.Min(target.Length, Count - tensorIndex);
        if (count <= 0) return;
        if (contiguous)
        {
            new ReadOnlySpan<T>(Pointer + tensorIndex, count).CopyTo(target);
            GC.KeepAlive(tensor);
            return;
        }
        if (tensorIndex == 0 && count == Count)
        {
            using var whole = tensor.contiguous().DetachFromDisposeScope();
            new ReadOnlySpan<T>((T*)whole.DataPointer, count).CopyTo(target);
            return;
        }
        var pointer = Pointer;
        for (var i = 0; i < count; i++) target[i] = pointer[Offset(tensorIndex + i)];
        GC.KeepAlive(tensor);
    }

    /// <summary>Copies elements in, from the tensor's <paramref name="tensorIndex"/>-th on.</summary>
    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies elements in, from the tensor's <paramref name="tensorIndex"/>-th on, as many as there is room for.</summary>
    public unsafe void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = array[arrayIndex..];
        var count = (int)Math.Min(source.Length, Count - tensorIndex);
        if (count <= 0) return;
        var pointer = Pointer;
        if (contiguous) source[..count].CopyTo(new Span<T>(pointer + tensorIndex, count));
        else for (var i = 0; i < count; i++) pointer[Offset(tensorIndex + i)] = source[i];
        GC.KeepAlive(tensor);
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++) yield return At(i);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether both look at the same tensor.</summary>
    public override bool Equals(object? obj) =>
        obj is TensorAccessor<T> other && tensor.DataPointer == other.tensor.DataPointer && Count == other.Count;

    /// <inheritdoc/>
    public override int GetHashCode() => Count.GetHashCode();

    /// <summary>Whether both look at the same tensor.</summary>
    public static bool operator ==(TensorAccessor<T>? left, TensorAccessor<T>? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they look at different tensors.</summary>
    public static bool operator !=(TensorAccessor<T>? left, TensorAccessor<T>? right) => !(left == right);

    /// <summary>Does nothing: the tensor stays its owner's.</summary>
    public void Dispose() { }

    private long Offset(long[] indices)
    {
        if (indices.Length != shape.Length)
            throw new ArgumentException($"The tensor has {shape.Length} dimensions, {indices.Length} indices were given.", nameof(indices));
        long offset = 0;
        for (var axis = 0; axis < indices.Length; axis++)
        {
            if (indices[axis] < 0 || indices[axis] >= shape[axis])
                throw new ArgumentOutOfRangeException(nameof(indices), indices[axis], $"Dimension {axis} has {shape[axis]} entries.");
            offset += indices[axis] * strides[axis];
        }
        return offset;
    }

    private long Offset(long i)
    {
        long offset = 0;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            offset += i % shape[axis] * strides[axis];
            i /= shape[axis];
        }
        return offset;
    }
}
