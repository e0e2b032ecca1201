using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One entry of an indexer: a place, a slice, a new dimension, the ellipsis, a boolean or a tensor.</summary>
    public struct TensorIndex
    {
        private readonly NativeIndexKind kind;
        private readonly long? start;
        private readonly long? stop;
        private readonly long? step;
        private readonly Tensor? tensor;

        private TensorIndex(NativeIndexKind kind, long? start = null, long? stop = null, long? step = null, Tensor? tensor = null)
        {
            this.kind = kind;
            this.start = start;
            this.stop = stop;
            this.step = step;
            this.tensor = tensor;
        }

        /// <summary>As many whole dimensions as are missing.</summary>
        public static TensorIndex Ellipsis = new(NativeIndexKind.Ellipsis);

        /// <summary>A new dimension of size 1.</summary>
        public static TensorIndex None = new(NativeIndexKind.NewDimension);

        /// <summary>A new dimension of size 1.</summary>
        public static TensorIndex Null = new(NativeIndexKind.NewDimension);

        /// <summary>The whole dimension.</summary>
        public static TensorIndex Colon = new(NativeIndexKind.Slice);

        /// <summary>From start up to, not including, stop; negative places count from the end.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(NativeIndexKind.Slice, start, stop, step);

        /// <summary>A slice.</summary>
        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        /// <summary>A slice; places that count from the end are negative ones.</summary>
        public static TensorIndex Slice(Range range) =>
            Slice(Place(range.Start), range.End is { IsFromEnd: true, Value: 0 } ? null : Place(range.End));

        /// <summary>A boolean.</summary>
        public static TensorIndex Bool(bool value) => new(NativeIndexKind.Boolean, value ? 1 : 0);

        /// <summary>One place; the dimension goes.</summary>
        public static TensorIndex Single(long? index) => new(NativeIndexKind.Single, index ?? 0);

        /// <summary>Places, or a mask.</summary>
        public static TensorIndex Tensor(Tensor tensor) => new(NativeIndexKind.Tensor, tensor: tensor);

        /// <summary>One place.</summary>
        public static implicit operator TensorIndex(long value) => Single(value);

        /// <summary>One place.</summary>
        public static implicit operator TensorIndex(Index index) => Single(Place(index));

        /// <summary>A slice.</summary>
        public static implicit operator TensorIndex(Range range) => Slice(range);

        /// <summary>A slice.</summary>
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        internal readonly NativeIndex Native(ref TensorPins pins) => new()
        {
            Kind = kind,
            Given = (start.HasValue ? 1 : 0) | (stop.HasValue ? 2 : 0) | (step.HasValue ? 4 : 0),
            Start = start ?? 0,
            Stop = stop ?? 0,
            Step = step ?? 0,
            Tensor = kind == NativeIndexKind.Tensor ? pins.Hold(tensor) : 0,
        };

        private static long Place(Index index) => index.IsFromEnd ? -(long)index.Value : index.Value;
    }
}
