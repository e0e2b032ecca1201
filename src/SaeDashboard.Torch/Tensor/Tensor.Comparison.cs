using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Comparisons, logic and choices.</content>
    public partial class Tensor
    {
        /// <summary>Whether the element equals the other's.</summary>
        public Tensor eq(Tensor target) => Make(NativePointwise.eq(Live, target.Live, out var result), result);

        /// <summary>Whether the element equals the number.</summary>
        public Tensor eq(Scalar target) => Make(NativePointwise.eq_scalar(Live, target.Value, out var result), result);

        /// <summary>Whether the element differs from the other's.</summary>
        public Tensor ne(Tensor target) => Make(NativePointwise.ne(Live, target.Live, out var result), result);

        /// <summary>Whether the element differs from the number.</summary>
        public Tensor ne(Scalar target) => Make(NativePointwise.ne_scalar(Live, target.Value, out var result), result);

        /// <summary>Whether the element is less than the other's.</summary>
        public Tensor lt(Tensor target) => Make(NativePointwise.lt(Live, target.Live, out var result), result);

        /// <summary>Whether the element is less than the number.</summary>
        public Tensor lt(Scalar target) => Make(NativePointwise.lt_scalar(Live, target.Value, out var result), result);

        /// <summary>Whether the element is at most the other's.</summary>
        public Tensor le(Tensor target) => Make(NativePointwise.le(Live, target.Live, out var result), result);

        /// <summary>Whether the element is at most the number.</summary>
        public Tensor le(Scalar target) => Make(NativePointwise.le_scalar(Live, target.Value, out var result), result);

        /// <summary>Whether the element is more than the other's.</summary>
        public Tensor gt(Tensor target) => Make(NativePointwise.gt(Live, target.Live, out var result), result);

        /// <summary>Whether the element is more than the number.</summary>
        public Tensor gt(Scalar target) => Make(NativePointwise.gt_scalar(Live, target.Value, out var result), result);

        /// <summary>Whether the element is at least the other's.</summary>
        public Tensor ge(Tensor target) => Make(NativePointwise.ge(Live, target.Live, out var result), result);

        /// <summary>Whether the element is at least the number.</summary>
        public Tensor ge(Scalar target) => Make(NativePointwise.ge_scalar(Live, target.Value, out var result), result);

        /// <summary>Whether both elements are not zero.</summary>
        public Tensor logical_and(Tensor other) => Make(NativePointwise.logical_and(Live, other.Live, out var result), result);

        /// <summary>Whether one of the elements is not zero.</summary>
        public Tensor logical_or(Tensor other) => Make(NativePointwise.logical_or(Live, other.Live, out var result), result);

        /// <summary>Whether just one of the elements is not zero.</summary>
        public Tensor logical_xor(Tensor other) => Make(NativePointwise.logical_xor(Live, other.Live, out var result), result);

        /// <summary>The bits that both have.</summary>
        public Tensor bitwise_and(Tensor other) => Make(NativePointwise.bitwise_and(Live, other.Live, out var result), result);

        /// <summary>The bits that one of them has.</summary>
        public Tensor bitwise_or(Tensor other) => Make(NativePointwise.bitwise_or(Live, other.Live, out var result), result);

        /// <summary>The bits that just one of them has.</summary>
        public Tensor bitwise_xor(Tensor other) => Make(NativePointwise.bitwise_xor(Live, other.Live, out var result), result);

        /// <summary>The larger of both elements.</summary>
        public Tensor maximum(Tensor other) => Make(NativePointwise.maximum(Live, other.Live, out var result), result);

        /// <summary>The smaller of both elements.</summary>
        public Tensor minimum(Tensor other) => Make(NativePointwise.minimum(Live, other.Live, out var result), result);

        /// <summary>The larger of both elements.</summary>
        public Tensor max(Tensor other) => maximum(other);

        /// <summary>The smaller of both elements.</summary>
        public Tensor min(Tensor other) => minimum(other);

        /// <summary>The element, brought between both limits.</summary>
        public Tensor clamp(Scalar? min = null, Scalar? max = null) =>
            Make(NativePointwise.clamp(Live, Scalar.Optional(min), Scalar.Optional(max), out var result), result);

        /// <summary>The element, brought between both limits.</summary>
        public Tensor clamp(Tensor? min = null, Tensor? max = null) =>
            Make(NativePointwise.clamp_tensor(Live, Optional(min), Optional(max), out var result), result);

        /// <summary>The element, brought between both limits, in place.</summary>
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) =>
            Done(NativePointwise.clamp_(Live, Scalar.Optional(min), Scalar.Optional(max)));

        /// <summary>The element, brought between both limits, in place.</summary>
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) =>
            Done(NativePointwise.clamp_tensor_(Live, Optional(min), Optional(max)));

        /// <summary>The element, brought between both limits.</summary>
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        /// <summary>The element, at least the limit.</summary>
        public Tensor clamp_min(Scalar min) => clamp(min: min);

        /// <summary>The element, at least the limit, in place.</summary>
        public Tensor clamp_min_(Scalar min) => clamp_(min: min);

        /// <summary>The element, at most the limit.</summary>
        public Tensor clamp_max(Scalar max) => clamp(max: max);

        /// <summary>The element, at most the limit, in place.</summary>
        public Tensor clamp_max_(Scalar max) => clamp_(max: max);

        /// <summary>The value where the mask is true.</summary>
        public Tensor masked_fill(Tensor mask, Scalar value) =>
            Make(NativePointwise.masked_fill(Live, mask.Live, value.Value, out var result), result);

        /// <summary>The value where the mask is true, in place.</summary>
        public Tensor masked_fill_(Tensor mask, Scalar value) => Done(NativePointwise.masked_fill_(Live, mask.Live, value.Value));

        /// <summary>This where the condition is true, else y.</summary>
        public Tensor where(Tensor condition, Tensor y) =>
            Make(NativePointwise.where(condition.Live, Live, y.Live, out var result), result);

        /// <summary>Whether the elements differ by at most atol + rtol · |other|.</summary>
        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Make(NativePointwise.isclose(Live, other.Live, rtol, atol, nanEqual, out var result), result);

        /// <summary>Whether the elements are equal.</summary>
        public Tensor equal(Tensor target) => eq(target);
    }
}
