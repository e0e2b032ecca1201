using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Functions of several tensors, or that give several.</content>
public static partial class torch
{
    /// <summary>The tensors side by side along a dimension they have.</summary>
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        using var pins = new TensorPins(tensors);
        return Tensor.Make(NativeShape.cat(pins.Pointers, pins.Count, dim, out var result), result);
    }

    /// <summary>The tensors side by side along a dimension they have.</summary>
    public static Tensor cat(Tensor[] tensors, long dim = 0) => cat(tensors.AsSpan(), dim);

    /// <summary>The tensors side by side along a dimension they have.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat([.. tensors], dim);

    /// <summary>The tensors side by side along a dimension they have.</summary>
    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors.AsSpan(), dim);

    /// <summary>The tensors side by side along a dimension they have.</summary>
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat([.. tensors], dim);

    /// <summary>The tensors side by side along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        using var pins = new TensorPins(tensors as IList<Tensor> ?? [.. tensors]);
        return Tensor.Make(NativeShape.stack(pins.Pointers, pins.Count, dim, out var result), result);
    }

    /// <summary>The dimension cut into at most so many equal parts, without copying.</summary>
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);

    /// <summary>The dimension cut into parts of these sizes, without copying.</summary>
    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0) => tensor.split(split_size_or_sections, dim);

    /// <summary>Every entry of the dimension, without copying.</summary>
    public static Tensor[] unbind(Tensor input, long dim = 0) => input.unbind(dim);

    /// <summary>x where the condition is true, else y.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => x.where(condition, y);

    /// <summary>The places where the condition is true, one tensor for each dimension.</summary>
    public static Tensor[] where(Tensor condition) => condition.nonzero().unbind(1);

    /// <summary>Whether all elements differ by at most atol + rtol · |target|.</summary>
    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
        tensor.allclose(target, rtol, atol, equal_nan);

    /// <summary>The sum of products that the equation names, such as "bik,bkj->bij".</summary>
    public static Tensor einsum(string equation, params Tensor[] tensors)
    {
        using var pins = new TensorPins(tensors.AsSpan());
        return Tensor.Make(NativeLinear.einsum(equation, pins.Pointers, pins.Count, out var result), result);
    }

    /// <summary>The places at which the values keep the sorted sequence sorted.</summary>
    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false,
        Tensor? sorter = null) =>
        Tensor.Make(NativeReduce.searchsorted(sorted_sequence.Live, values.Live, out_int32, right, Optional(sorter), out var result),
            result);

    /// <summary>exp(x) over the sum of exponentials along a dimension.</summary>
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    /// <summary>The 2-norm of all elements.</summary>
    public static Tensor norm(Tensor input) => input.norm();
}
