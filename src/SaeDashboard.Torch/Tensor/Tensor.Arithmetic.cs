using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Sums, products and powers of two tensors, or of a tensor and a number.</content>
    public partial class Tensor
    {
        /// <summary>This plus the other.</summary>
        public Tensor add(Tensor target) => Make(NativePointwise.add(Live, target.Live, NativeScalar.One, out var result), result);

        /// <summary>This plus alpha times the other.</summary>
        public Tensor add(Tensor target, Scalar alpha) =>
            Make(NativePointwise.add(Live, target.Live, alpha.Value, out var result), result);

        /// <summary>Every element plus the number.</summary>
        public Tensor add(Scalar scalar) => Make(NativePointwise.add_scalar(Live, scalar.Value, NativeScalar.One, out var result), result);

        /// <summary>Every element plus alpha times the number.</summary>
        public Tensor add(Scalar scalar, Scalar alpha) =>
            Make(NativePointwise.add_scalar(Live, scalar.Value, alpha.Value, out var result), result);

        /// <summary>This plus the other, in place.</summary>
        public Tensor add_(Tensor target) => Done(NativePointwise.add_(Live, target.Live, NativeScalar.One));

        /// <summary>This plus alpha times the other, in place.</summary>
        public Tensor add_(Tensor target, Scalar alpha) => Done(NativePointwise.add_(Live, target.Live, alpha.Value));

        /// <summary>Every element plus the number, in place.</summary>
        public Tensor add_(Scalar scalar) => Done(NativePointwise.add_scalar_(Live, scalar.Value, NativeScalar.One));

        /// <summary>Every element plus alpha times the number, in place.</summary>
        public Tensor add_(Scalar scalar, Scalar alpha) => Done(NativePointwise.add_scalar_(Live, scalar.Value, alpha.Value));

        /// <summary>This minus the other.</summary>
        public Tensor sub(Tensor target) => Make(NativePointwise.sub(Live, target.Live, NativeScalar.One, out var result), result);

        /// <summary>Every element minus the number.</summary>
        public Tensor sub(Scalar target) => Make(NativePointwise.sub_scalar(Live, target.Value, NativeScalar.One, out var result), result);

        /// <summary>This minus the other, in place.</summary>
        public Tensor sub_(Tensor target) => Done(NativePointwise.sub_(Live, target.Live, NativeScalar.One));

        /// <summary>Every element minus the number, in place.</summary>
        public Tensor sub_(Scalar target) => Done(NativePointwise.sub_scalar_(Live, target.Value, NativeScalar.One));

        /// <summary>This times the other.</summary>
        public Tensor mul(Tensor target) => Make(NativePointwise.mul(Live, target.Live, out var result), result);

        /// <summary>Every element times the number.</summary>
        public Tensor mul(Scalar target) => Make(NativePointwise.mul_scalar(Live, target.Value, out var result), result);

        /// <summary>This times the other, in place.</summary>
        public Tensor mul_(Tensor target) => Done(NativePointwise.mul_(Live, target.Live));

        /// <summary>Every element times the number, in place.</summary>
        public Tensor mul_(Scalar target) => Done(NativePointwise.mul_scalar_(Live, target.Value));

        /// <summary>This to the power of the other.</summary>
        public Tensor pow(Tensor exponent) => Make(NativePointwise.pow(Live, exponent.Live, out var result), result);

        /// <summary>Every element to the power of the number.</summary>
        public Tensor pow(Scalar exponent) => Make(NativePointwise.pow_scalar(Live, exponent.Value, out var result), result);

        /// <summary>This to the power of the other, in place.</summary>
        public Tensor pow_(Tensor exponent) => Done(NativePointwise.pow_(Live, exponent.Live));

        /// <summary>Every element to the power of the number, in place.</summary>
        public Tensor pow_(Scalar exponent) => Done(NativePointwise.pow_scalar_(Live, exponent.Value));

        /// <summary>This modulo (with the divisor's sign) the other.</summary>
        public Tensor remainder(Tensor target) => Make(NativePointwise.remainder(Live, target.Live, out var result), result);

        /// <summary>Every element modulo (with the divisor's sign) the number.</summary>
        public Tensor remainder(Scalar scalar) => Make(NativePointwise.remainder_scalar(Live, scalar.Value, out var result), result);

        /// <summary>This modulo (with the divisor's sign) the other, in place.</summary>
        public Tensor remainder_(Tensor target) => Done(NativePointwise.remainder_(Live, target.Live));

        /// <summary>Every element modulo (with the divisor's sign) the number, in place.</summary>
        public Tensor remainder_(Scalar scalar) => Done(NativePointwise.remainder_scalar_(Live, scalar.Value));

        /// <summary>This divided by the other.</summary>
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Make(NativePointwise.div(Live, target.Live, (int)rounding_mode, out var result), result);

        /// <summary>Every element divided by the number.</summary>
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Make(NativePointwise.div_scalar(Live, target.Value, (int)rounding_mode, out var result), result);

        /// <summary>This divided by the other, in place.</summary>
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Done(NativePointwise.div_(Live, target.Live, (int)rounding_mode));

        /// <summary>Every element divided by the number, in place.</summary>
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Done(NativePointwise.div_scalar_(Live, target.Value, (int)rounding_mode));

        /// <summary>The quotient rounded down.</summary>
        public Tensor floor_divide(Tensor other) => Make(NativePointwise.floor_divide(Live, other.Live, out var result), result);

        /// <summary>The quotient rounded down.</summary>
        public Tensor floor_divide(Scalar other) => Make(NativePointwise.floor_divide_scalar(Live, other.Value, out var result), result);

        /// <summary>This plus value · tensor1 · tensor2.</summary>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Make(NativePointwise.addcmul(Live, tensor1.Live, tensor2.Live, value.Value, out var result), result);

        /// <summary>This plus value · tensor1 · tensor2, in place.</summary>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(NativePointwise.addcmul_(Live, tensor1.Live, tensor2.Live, value.Value));

        /// <summary>This plus value · tensor1 / tensor2.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Make(NativePointwise.addcdiv(Live, tensor1.Live, tensor2.Live, value.Value, out var result), result);

        /// <summary>This plus value · tensor1 / tensor2, in place.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(NativePointwise.addcdiv_(Live, tensor1.Live, tensor2.Live, value.Value));

        /// <summary>This plus tensor1 / tensor2.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => addcdiv(tensor1, tensor2, 1);

        /// <summary>This plus tensor1 / tensor2, in place.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => addcdiv_(tensor1, tensor2, 1);

        /// <summary>This plus weight times the way to the end.</summary>
        public Tensor lerp(Tensor end, Tensor weight) => Make(NativePointwise.lerp(Live, end.Live, weight.Live, out var result), result);

        /// <summary>This plus weight times the way to the end, in place.</summary>
        public Tensor lerp_(Tensor end, Tensor weight) => Done(NativePointwise.lerp_(Live, end.Live, weight.Live));

        /// <summary>The angle whose tangent is this over the other.</summary>
        public Tensor atan2(Tensor other) => Make(NativePointwise.atan2(Live, other.Live, out var result), result);

        /// <summary>log(exp(this) + exp(other)).</summary>
        public Tensor logaddexp(Tensor other) => Make(NativePointwise.logaddexp(Live, other.Live, out var result), result);
    }
}
