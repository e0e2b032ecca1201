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

        /// <summary>
        /// The distinct elements, where each element stands among them, and how often each occurs; what is not asked for is null.
        /// </summary>
        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(
            bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null)
        {
            if (dim is not null) throw new NotSupportedException("unique along a dimension is not bound.");
            Library.Check(NativeReduce.unique(Live, sorted, return_inverse, return_counts, out var output, out var inverse,
                out var counts));
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
}
