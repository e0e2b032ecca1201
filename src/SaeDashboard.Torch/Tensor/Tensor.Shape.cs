using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>The same elements in another shape or order.</content>
    public partial class Tensor
    {
        /// <summary>The same memory in another shape; one size may be −1.</summary>
        public Tensor view(params long[] shape) => Make(NativeShape.view(Live, shape, shape.Length, out var result), result);

        /// <summary>The same elements in another shape, copied when they must be; one size may be −1.</summary>
        public Tensor reshape(params long[] shape) => Make(NativeShape.reshape(Live, shape, shape.Length, out var result), result);

        /// <summary>The tensor repeated so many times along every dimension.</summary>
        public Tensor repeat(params long[] sizes) => Make(NativeShape.repeat(Live, sizes, sizes.Length, out var result), result);

        /// <summary>The dimensions in another order.</summary>
        public Tensor permute(params long[] permutation) =>
            Make(NativeShape.permute(Live, permutation, permutation.Length, out var result), result);

        /// <summary>The elements in reverse order along these dimensions.</summary>
        public Tensor flip(params long[] dims) => Make(NativeShape.flip(Live, dims, dims.Length, out var result), result);

        /// <summary>Dimensions of size 1 seen as larger ones, without copying.</summary>
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) =>
            Make(NativeShape.expand(Live, sizes, sizes.Length, isImplicit, out var result), result);

        /// <summary>Dimensions of size 1 seen as larger ones, without copying.</summary>
        public Tensor expand(long[] sizes, bool isImplicit = false) => expand(sizes.AsSpan(), isImplicit);

        /// <summary>Dimensions of size 1 seen as larger ones, without copying.</summary>
        public Tensor expand(params long[] sizes) => expand(sizes.AsSpan());

        /// <summary>Dimensions of size 1 seen as large as the other tensor's.</summary>
        public Tensor expand_as(Tensor other) => expand(other.shape.AsSpan());

        /// <summary>The same memory in another tensor's shape.</summary>
        public Tensor view_as(Tensor other) => view(other.shape);

        /// <summary>These dimensions made one.</summary>
        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            Make(NativeShape.flatten(Live, start_dim, end_dim, out var result), result);

        /// <summary>One dimension made several.</summary>
        public Tensor unflatten(long dim, params long[] sizes) =>
            Make(NativeShape.unflatten(Live, dim, sizes, sizes.Length, out var result), result);

        /// <summary>Two dimensions exchanged.</summary>
        public Tensor transpose(long dim0, long dim1) => Make(NativeShape.transpose(Live, dim0, dim1, out var result), result);

        /// <summary>Two dimensions exchanged.</summary>
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

        /// <summary>Rows and columns of a matrix exchanged.</summary>
        public Tensor t() => Make(NativeShape.t(Live, out var result), result);

        /// <summary>Dimensions moved to other places.</summary>
        public Tensor movedim(long[] source, long[] destination) =>
            Make(NativeShape.movedim(Live, source, source.Length, destination, destination.Length, out var result), result);

        /// <summary>Without the dimensions (or this one) of size 1.</summary>
        public Tensor squeeze(long? dim = null) =>
            dim is { } one
                ? Make(NativeShape.squeeze_dim(Live, one, out var result), result)
                : Make(NativeShape.squeeze(Live, out var all), all);

        /// <summary>With a dimension of size 1 put in.</summary>
        public Tensor unsqueeze(long dim) => Make(NativeShape.unsqueeze(Live, dim, out var result), result);

        /// <summary>Part of a dimension, without copying.</summary>
        public Tensor narrow(long dim, long start, long length) =>
            Make(NativeShape.narrow(Live, dim, start, length, out var result), result);

        /// <summary>One entry of a dimension, without copying.</summary>
        public Tensor select(long dim, long index) => Make(NativeShape.select(Live, dim, index, out var result), result);

        /// <summary>Every step-th entry of part of a dimension, without copying.</summary>
        public Tensor slice(long dim, long start, long finish, long step) =>
            Make(NativeShape.slice(Live, dim, start, finish, step, out var result), result);

        /// <summary>The memory seen with this shape and these strides.</summary>
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Make(NativeShape.as_strided(Live, size, size.Length, strides, strides.Length, storageOffset, out var result), result);

        /// <summary>Overlapping windows along a dimension; their entries are the last dimension.</summary>
        public Tensor unfold(long dimension, long size, long step) =>
            Make(NativeShape.unfold(Live, dimension, size, step, out var result), result);

        /// <summary>The diagonal of a matrix, or the matrix of a diagonal.</summary>
        public Tensor diag(long diagonal = 0) => Make(NativeShape.diag(Live, diagonal, out var result), result);

        /// <summary>A diagonal, without copying.</summary>
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) =>
            Make(NativeShape.diagonal(Live, offset, dim1, dim2, out var result), result);

        /// <summary>What lies on and below a diagonal; the rest is zero.</summary>
        public Tensor tril(long diagonal = 0) => Make(NativeShape.tril(Live, diagonal, out var result), result);

        /// <summary>What lies on and above a diagonal; the rest is zero.</summary>
        public Tensor triu(long diagonal = 0) => Make(NativeShape.triu(Live, diagonal, out var result), result);

        /// <summary>The elements shifted round along dimensions.</summary>
        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) =>
            Make(NativeShape.roll(Live, shifts, shifts.Length, dims, dims.Length, out var result), result);

        /// <summary>The elements shifted round along a dimension.</summary>
        public Tensor roll(long shifts, long? dims = null) => dims is { } one ? roll([shifts], [one]) : roll([shifts]);

        /// <summary>Every entry so many times in a row.</summary>
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Make(NativeShape.repeat_interleave(Live, repeats, dim ?? 0, dim.HasValue, out var result), result);

        /// <summary>Every entry so many times in a row.</summary>
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Make(NativeShape.repeat_interleave_tensor(Live, repeats.Live, dim ?? 0, dim.HasValue, out var result), result);
    }
}
