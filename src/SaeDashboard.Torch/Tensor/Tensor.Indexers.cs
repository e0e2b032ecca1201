using System.Runtime.CompilerServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>One entry of the first dimension; setting copies into it.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Write([i1], value);
        }

        /// <summary>One entry of the first two dimensions.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => index([i1, i2]);
            set => Write([i1, i2], value);
        }

        /// <summary>One entry of the first three dimensions.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => index([i1, i2, i3]);
            set => Write([i1, i2, i3], value);
        }

        /// <summary>One entry of the first four dimensions.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index([i1, i2, i3, i4]);
            set => Write([i1, i2, i3, i4], value);
        }

        /// <summary>What these entries choose; setting writes there.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => Write(indices, value);
        }

        /// <summary>What these places or masks choose; setting writes there.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        /// <summary>What these entries choose: a view unless a tensor is among them.</summary>
        public Tensor index(params TensorIndex[] indices)
        {
            var native = Native(indices, out var pins);
            using (pins) return Make(NativeIndexing.index(Live, native, native.Length, out var result), result);
        }

        /// <summary>What these places or masks choose.</summary>
        public Tensor index(params Tensor[] indices) => index(Array.ConvertAll(indices, TensorIndex.Tensor));

        /// <summary>Writes a value where these entries point.</summary>
        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            var native = Native(indices, out var pins);
            using (pins) return Done(NativeIndexing.index_put_(Live, native, native.Length, value.Live));
        }

        /// <summary>Writes a number where these entries point.</summary>
        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            var native = Native(indices, out var pins);
            using (pins) return Done(NativeIndexing.index_put_scalar_(Live, native, native.Length, value.Value));
        }

        /// <summary>Writes a value at these places.</summary>
        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        /// <summary>Writes a value at these places; accumulate adds it, also where a place is named twice.</summary>
        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false)
        {
            using var pins = new TensorPins(indices.AsSpan());
            return Done(NativeIndexing.index_put_tensors_(Live, pins.Pointers, pins.Count, value.Live, accumulate));
        }

        private void Write(TensorIndex[] indices, Tensor value) => index_put_(value, indices);

        private static NativeIndex[] Native(TensorIndex[] indices, out TensorPins pins)
        {
            var held = new TensorPins(indices.Length);
            var native = new NativeIndex[indices.Length];
            for (var i = 0; i < native.Length; i++) native[i] = indices[i].Native(ref held);
            pins = held;
            return native;
        }
    }
}
