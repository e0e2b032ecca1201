using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Extremes, orders and places.</content>
    public partial class Tensor
    {
        /// <summary>The largest element along these dimensions.</summary>
        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            Make(NativeReduce.amax(Live, dims, dims.Length, keepdim, out var result), result);

        /// <summary>The largest element along these dimensions.</summary>
        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => amax(dims.AsSpan(), keepdim, @out);

        /// <summary>The largest element along these dimensions.</summary>
        public Tensor amax(params long[] dims) => amax(dims.AsSpan());

        /// <summary>The smallest element along these dimensions.</summary>
        public Tensor amin(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) =>
            Make(NativeReduce.amin(Live, dims, dims.Length, keepdim, out var result), result);

        /// <summary>The smallest element along these dimensions.</summary>
        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) => amin(dims.AsSpan(), keepdim, @out);

        /// <summary>The smallest element along these dimensions.</summary>
        public Tensor amin(params long[] dims) => amin(dims.AsSpan());

        /// <summary>The largest element.</summary>
        public Tensor max() => Make(NativeReduce.max(Live, out var result), result);

        /// <summary>The largest elements along a dimension, and where they stand.</summary>
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) =>
            Make(NativeReduce.max_dim(Live, dim, keepdim, out var first, out var second), first, second);

        /// <summary>The smallest element.</summary>
        public Tensor min() => Make(NativeReduce.min(Live, out var result), result);

        /// <summary>The smallest elements along a dimension, and where they stand.</summary>
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) =>
            Make(NativeReduce.min_dim(Live, dim, keepdim, out var first, out var second), first, second);

        /// <summary>Where the largest element stands, in row-major order.</summary>
        public Tensor argmax() => Make(NativeReduce.argmax(Live, out var result), result);

        /// <summary>Where the largest element stands along a dimension.</summary>
        public Tensor argmax(long dim, bool keepdim = false) => Make(NativeReduce.argmax_dim(Live, dim, keepdim, out var result), result);

        /// <summary>Where the smallest element stands, in row-major order.</summary>
        public Tensor argmin() => Make(NativeReduce.argmin(Live, out var result), result);

        /// <summary>Where the smallest element stands along a dimension.</summary>
        public Tensor argmin(long dim, bool keepdim = false) => Make(NativeReduce.argmin_dim(Live, dim, keepdim, out var result), result);

        /// <summary>The median of all elements; of two middle ones the lower.</summary>
        public Tensor median() => Make(NativeReduce.median(Live, out var result), result);

        /// <summary>The k largest (or smallest) elements along a dimension, and where they stand.</summary>
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Make(NativeReduce.topk(Live, k, dim, largest, sorted, out var first, out var second), first, second);

        /// <summary>The elements in order along a dimension, and where they stood.</summary>
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Make(NativeReduce.sort(Live, dim, descending, stable, out var first, out var second), first, second);

        /// <summary>Where the elements stand, in their order along a dimension.</summary>
        public Tensor argsort(long dim = -1, bool descending = false) =>
            Make(NativeReduce.argsort(Live, dim, descending, out var result), result);

        /// <summary>The k-th smallest element along a dimension, and where it stands.</summary>
        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) =>
            Make(NativeReduce.kthvalue(Live, k, dim ?? -1, keepdim, out var first, out var second), first, second);

        /// <summary>The q-quantile along a dimension, interpolated.</summary>
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) =>
            Make(NativeReduce.quantile(Live, q.Live, dim, keepdim, out var result), result);

        /// <summary>Which bin between the boundaries the element falls into.</summary>
        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) =>
            Make(NativeReduce.bucketize(Live, boundaries.Live, outInt32, right, out var result), result);

        /// <summary>The places of the elements that are not zero, one row each.</summary>
        public Tensor nonzero() => Make(NativeIndexing.nonzero(Live, out var result), result);
    }
}
