using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Sums, means and counts along dimensions.</content>
    public partial class Tensor
    {
        /// <summary>The sum of all elements.</summary>
        public Tensor sum(ScalarType? type = null) => Make(NativeReduce.sum(Live, Type(type), out var result), result);

        /// <summary>The sum along these dimensions.</summary>
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            Make(NativeReduce.sum_dims(Live, dim, dim.Length, keepdim, Type(type), out var result), result);

        /// <summary>The sum along these dimensions.</summary>
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => sum(dim.AsSpan(), keepdim, type);

        /// <summary>The sum along a dimension.</summary>
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum(new ReadOnlySpan<long>(in dim), keepdim, type);

        /// <summary>The sum along two dimensions.</summary>
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);

        /// <summary>The mean of all elements.</summary>
        public Tensor mean() => Make(NativeReduce.mean(Live, -1, out var result), result);

        /// <summary>The mean along these dimensions.</summary>
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Make(NativeReduce.mean_dims(Live, dimensions, dimensions.Length, keepdim, Type(type), out var result), result);

        /// <summary>The product of all elements.</summary>
        public Tensor prod(ScalarType? type = null) => Make(NativeReduce.prod(Live, Type(type), out var result), result);

        /// <summary>The product along a dimension.</summary>
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) =>
            Make(NativeReduce.prod_dim(Live, dim, keepdim, Type(type), out var result), result);

        /// <summary>The variance of all elements; unbiased divides by one less than their number.</summary>
        public Tensor var(bool unbiased = true) => Make(NativeReduce.var(Live, unbiased, out var result), result);

        /// <summary>The variance along these dimensions.</summary>
        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Make(NativeReduce.var_dims(Live, dimensions, dimensions.Length, unbiased, keepdim, Type(type), out var result), result);

        /// <summary>The variance along these dimensions.</summary>
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var(dimensions.AsSpan(), unbiased, keepdim, type);

        /// <summary>The variance along a dimension.</summary>
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var(new ReadOnlySpan<long>(in dim), unbiased, keepdim, type);

        /// <summary>The standard deviation of all elements; unbiased divides by one less than their number.</summary>
        public Tensor std(bool unbiased = true) => Make(NativeReduce.std(Live, unbiased, out var result), result);

        /// <summary>The standard deviation along these dimensions.</summary>
        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Make(NativeReduce.std_dims(Live, dimensions, dimensions.Length, unbiased, keepdim, Type(type), out var result), result);

        /// <summary>The standard deviation along these dimensions.</summary>
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std(dimensions.AsSpan(), unbiased, keepdim, type);

        /// <summary>The standard deviation along a dimension.</summary>
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std(new ReadOnlySpan<long>(in dim), unbiased, keepdim, type);

        /// <summary>Whether every element is not zero.</summary>
        public Tensor all() => Make(NativeReduce.all(Live, out var result), result);

        /// <summary>Whether every element is not zero, along a dimension.</summary>
        public Tensor all(long dim, bool keepdim = false) => Make(NativeReduce.all_dim(Live, dim, keepdim, out var result), result);

        /// <summary>Whether one of the elements is not zero.</summary>
        public Tensor any() => Make(NativeReduce.any(Live, out var result), result);

        /// <summary>Whether one of the elements is not zero, along a dimension.</summary>
        public Tensor any(long dim, bool keepdim = false) => Make(NativeReduce.any_dim(Live, dim, keepdim, out var result), result);

        /// <summary>Running sums along a dimension.</summary>
        public Tensor cumsum(long dim, ScalarType? type = null) =>
            Make(NativeReduce.cumsum(Live, dim, Type(type), out var result), result);

        /// <summary>Running products along a dimension.</summary>
        public Tensor cumprod(long dim, ScalarType? type = null) =>
            Make(NativeReduce.cumprod(Live, dim, Type(type), out var result), result);

        /// <summary>The logarithm of the sum of exponentials along a dimension.</summary>
        public Tensor logsumexp(long dim, bool keepdim = false) =>
            Make(NativeReduce.logsumexp(Live, dim, keepdim, out var result), result);

        /// <summary>The p-norm of all elements.</summary>
        public Tensor norm(float p = 2) => Make(NativeReduce.norm(Live, p, out var result), result);

        /// <summary>The p-norm along a dimension.</summary>
        public Tensor norm(int dim, bool keepdim = false, float p = 2) =>
            Make(NativeReduce.norm_dim(Live, p, dim, keepdim, out var result), result);

        /// <summary>How many elements are not zero.</summary>
        public Tensor count_nonzero(long[]? dims = null) =>
            Make(NativeReduce.count_nonzero(Live, dims, dims?.Length ?? -1, out var result), result);

        /// <summary>How often each whole number from 0 on occurs, or the sum of its weights.</summary>
        public Tensor bincount(Tensor? weights, long minlength = 0) =>
            Make(NativeReduce.bincount(Live, Optional(weights), minlength, out var result), result);

        /// <summary>How many elements fall into each of equal bins between both limits.</summary>
        public Tensor histc(long bins = 100, long min = 0, long max = 0) =>
            Make(NativeReduce.histc(Live, bins, min, max, out var result), result);
    }
}
