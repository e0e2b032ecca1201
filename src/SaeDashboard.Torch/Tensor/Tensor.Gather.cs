using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Reading and writing at places that tensors name.</content>
    public partial class Tensor
    {
        /// <summary>The named entries of a dimension.</summary>
        public Tensor index_select(long dim, Tensor index) =>
            Make(NativeIndexing.index_select(Live, dim, index.Live, out var result), result);

        /// <summary>For every element of the index, the element at that place along the dimension.</summary>
        public Tensor gather(long dim, Tensor index) => Make(NativeIndexing.gather(Live, dim, index.Live, out var result), result);

        /// <summary>The elements at these places in row-major order.</summary>
        public Tensor take(Tensor index) => Make(NativeIndexing.take(Live, index.Live, out var result), result);

        /// <summary>As gather, with broadcasting.</summary>
        public Tensor take_along_dim(Tensor indices, long dim) =>
            Make(NativeIndexing.take_along_dim(Live, indices.Live, dim, out var result), result);

        /// <summary>The source's elements written at the places the index names along a dimension.</summary>
        public Tensor scatter(long dim, Tensor index, Tensor src) =>
            Make(NativeIndexing.scatter(Live, dim, index.Live, src.Live, out var result), result);

        /// <summary>The source's elements written at the places the index names along a dimension, in place.</summary>
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Done(NativeIndexing.scatter_(Live, dim, index.Live, src.Live));

        /// <summary>The source's elements added at the places the index names along a dimension.</summary>
        public Tensor scatter_add(long dim, Tensor index, Tensor src) =>
            Make(NativeIndexing.scatter_add(Live, dim, index.Live, src.Live, out var result), result);

        /// <summary>The source's elements added at the places the index names along a dimension, in place.</summary>
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) =>
            Done(NativeIndexing.scatter_add_(Live, dim, index.Live, src.Live));

        /// <summary>alpha times the source's entries added to the named entries of a dimension.</summary>
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Make(NativeIndexing.index_add(Live, dim, index.Live, source.Live, alpha.Value, out var result), result);

        /// <summary>alpha times the source's entries added to the named entries of a dimension, in place.</summary>
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Done(NativeIndexing.index_add_(Live, dim, index.Live, source.Live, alpha.Value));

        /// <summary>The source's entries in place of the named entries of a dimension.</summary>
        public Tensor index_copy(long dim, Tensor index, Tensor source) =>
            Make(NativeIndexing.index_copy(Live, dim, index.Live, source.Live, out var result), result);

        /// <summary>The source's entries in place of the named entries of a dimension, in place.</summary>
        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Done(NativeIndexing.index_copy_(Live, dim, index.Live, source.Live));

        /// <summary>The value in the named entries of a dimension.</summary>
        public Tensor index_fill(long dim, Tensor index, Scalar value) =>
            Make(NativeIndexing.index_fill(Live, dim, index.Live, value.Value, out var result), result);

        /// <summary>The value in the named entries of a dimension, in place.</summary>
        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            Done(NativeIndexing.index_fill_(Live, dim, index.Live, value.Value));

        /// <summary>The elements where the mask is true, in one row.</summary>
        public Tensor masked_select(Tensor mask) => Make(NativeIndexing.masked_select(Live, mask.Live, out var result), result);
    }
}
