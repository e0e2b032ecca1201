using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The dimension cut into at most so many equal parts, without copying.</summary>
        public Tensor[] chunk(long chunks, long dim = 0)
        {
            var results = new nint[Math.Max(1, chunks)];
            Library.Check(NativeShape.chunk(Live, chunks, dim, results, results.Length, out var count));
            return Wrap(results.AsSpan(0, count));
        }

        /// <summary>The dimension cut into parts of this size (the last may be smaller), without copying.</summary>
        public Tensor[] split(long size, int dim = 0)
        {
            var results = new nint[Math.Max(1, (this.size(dim) + Math.Max(1, size) - 1) / Math.Max(1, size))];
            Library.Check(NativeShape.split(Live, size, dim, results, results.Length, out var count));
            return Wrap(results.AsSpan(0, count));
        }

        /// <summary>The dimension cut into parts of these sizes, without copying.</summary>
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0)
        {
            var results = new nint[Math.Max(1, sizes.Length)];
            Library.Check(NativeShape.split_sizes(Live, sizes, sizes.Length, dim, results, results.Length, out var count));
            return Wrap(results.AsSpan(0, count));
        }

        /// <summary>The dimension cut into parts of these sizes, without copying.</summary>
        public Tensor[] split(long[] sizes, long dim = 0) => split(sizes.AsSpan(), dim);

        /// <summary>The first dimension cut into parts of these sizes, without copying.</summary>
        public Tensor[] split(params long[] sizes) => split(sizes.AsSpan());

        /// <summary>Every entry of the dimension, without copying.</summary>
        public Tensor[] unbind(long dimension = 0)
        {
            var results = new nint[Math.Max(1, size((int)dimension))];
            Library.Check(NativeShape.unbind(Live, dimension, results, results.Length, out var count));
            return Wrap(results.AsSpan(0, count));
        }

        /// <summary>The distinct elements, where each element stands among them, and how often each occurs; what is not asked for is null.</summary>
        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(
            bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null)
        {
            if (dim is not null) throw new NotSupportedException("unique along a dimension is not bound.");
            Library.Check(NativeReduce.unique(Live, sorted, return_inverse, return_counts, out var output, out var inverse, out var counts));
            return (new Tensor(output), inverse == 0 ? null : new Tensor(inverse), counts == 0 ? null : new Tensor(counts));
        }

        /// <summary>Whether all elements differ by at most atol + rtol · |target|.</summary>
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            Library.Check(NativePointwise.allclose(Live, target.Live, rtol, atol, equal_nan, out var result));
            return result;
        }

        /// <summary>The transpose of a matrix; the dimensions in reverse order where there are more.</summary>
        public Tensor T => Make(NativeShape.numpy_T(Live, out var result), result);

        /// <summary>The last two dimensions exchanged.</summary>
        public Tensor mT => transpose(-2, -1);

        /// <summary>Drops the dimension (or all) of size 1, in place.</summary>
        public Tensor squeeze_(long? dim = null)
        {
            using var view = squeeze(dim).DetachFromDisposeScope();
            return Done(NativeTensor.set_(Live, view.Live));
        }

        /// <summary>Puts a dimension of size 1 in, in place.</summary>
        public Tensor unsqueeze_(long dim)
        {
            using var view = unsqueeze(dim).DetachFromDisposeScope();
            return Done(NativeTensor.set_(Live, view.Live));
        }
    }

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
    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        Tensor.Make(NativeReduce.searchsorted(sorted_sequence.Live, values.Live, out_int32, right, Optional(sorter), out var result), result);

    /// <summary>The 2-norm of all elements.</summary>
    public static Tensor norm(Tensor input) => input.norm();
}
