namespace TorchSharp;

/// <content>Sums, products and powers of two tensors, or of a tensor and a number: the methods of <see cref="Tensor"/>.</content>
public static partial class torch
{
    /// <summary>Every element plus the number.</summary>
    public static Tensor add(Tensor left, Scalar right) => left.add(right);

    /// <summary>Every element plus alpha times the number.</summary>
    public static Tensor add(Tensor left, Scalar right, Scalar alpha) => left.add(right, alpha);

    /// <summary>This plus the other.</summary>
    public static Tensor add(Tensor left, Tensor right) => left.add(right);

    /// <summary>This plus alpha times the other.</summary>
    public static Tensor add(Tensor left, Tensor right, Scalar alpha) => left.add(right, alpha);

    /// <summary>Every element plus the number, in place.</summary>
    public static Tensor add_(Tensor left, Scalar right) => left.add_(right);

    /// <summary>Every element plus alpha times the number, in place.</summary>
    public static Tensor add_(Tensor left, Scalar right, Scalar alpha) => left.add_(right, alpha);

    /// <summary>This plus the other, in place.</summary>
    public static Tensor add_(Tensor left, Tensor right) => left.add_(right);

    /// <summary>This plus alpha times the other, in place.</summary>
    public static Tensor add_(Tensor left, Tensor right, Scalar alpha) => left.add_(right, alpha);

    /// <summary>This plus value · tensor1 / tensor2.</summary>
    public static Tensor addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcdiv(tensor1, tensor2, value);

    /// <summary>This plus value · tensor1 / tensor2, in place.</summary>
    public static Tensor addcdiv_(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcdiv_(tensor1, tensor2, value);

    /// <summary>This plus value · tensor1 · tensor2.</summary>
    public static Tensor addcmul(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcmul(tensor1, tensor2, value);

    /// <summary>This plus value · tensor1 · tensor2, in place.</summary>
    public static Tensor addcmul_(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcmul_(tensor1, tensor2, value);

    /// <summary>The angle whose tangent is this over the other.</summary>
    public static Tensor atan2(Tensor input, Tensor other) => input.atan2(other);

    /// <summary>Every element divided by the number.</summary>
    public static Tensor div(Tensor left, Scalar right, RoundingMode rounding_mode = RoundingMode.None) => left.div(right, rounding_mode);

    /// <summary>This divided by the other.</summary>
    public static Tensor div(Tensor left, Tensor right, RoundingMode rounding_mode = RoundingMode.None) => left.div(right, rounding_mode);

    /// <summary>Every element divided by the number, in place.</summary>
    public static Tensor div_(Tensor left, Scalar right, RoundingMode rounding_mode = RoundingMode.None) =>
        left.div_(right, rounding_mode);

    /// <summary>This divided by the other, in place.</summary>
    public static Tensor div_(Tensor left, Tensor right, RoundingMode rounding_mode = RoundingMode.None) =>
        left.div_(right, rounding_mode);

    /// <summary>The quotient rounded down.</summary>
    public static Tensor floor_divide(Tensor input, Tensor other) => input.floor_divide(other);

    /// <summary>This plus weight times the way to the end.</summary>
    public static Tensor lerp(Tensor input, Tensor end, Tensor weight) => input.lerp(end, weight);

    /// <summary>log(exp(this) + exp(other)).</summary>
    public static Tensor logaddexp(Tensor left, Tensor right) => left.logaddexp(right);

    /// <summary>Every element times the number.</summary>
    public static Tensor mul(Tensor left, Scalar right) => left.mul(right);

    /// <summary>This times the other.</summary>
    public static Tensor mul(Tensor left, Tensor right) => left.mul(right);

    /// <summary>Every element times the number, in place.</summary>
    public static Tensor mul_(Tensor left, Scalar right) => left.mul_(right);

    /// <summary>This times the other, in place.</summary>
    public static Tensor mul_(Tensor left, Tensor right) => left.mul_(right);

    /// <summary>Every element to the power of the number.</summary>
    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);

    /// <summary>This to the power of the other.</summary>
    public static Tensor pow(Tensor left, Tensor exponent) => left.pow(exponent);

    /// <summary>Every element to the power of the number, in place.</summary>
    public static Tensor pow_(Tensor left, Scalar exponent) => left.pow_(exponent);

    /// <summary>This to the power of the other, in place.</summary>
    public static Tensor pow_(Tensor left, Tensor exponent) => left.pow_(exponent);

    /// <summary>Every element modulo (with the divisor's sign) the number.</summary>
    public static Tensor remainder(Tensor left, Scalar right) => left.remainder(right);

    /// <summary>This modulo (with the divisor's sign) the other.</summary>
    public static Tensor remainder(Tensor left, Tensor right) => left.remainder(right);

    /// <summary>Every element modulo (with the divisor's sign) the number, in place.</summary>
    public static Tensor remainder_(Tensor left, Scalar right) => left.remainder_(right);

    /// <summary>This modulo (with the divisor's sign) the other, in place.</summary>
    public static Tensor remainder_(Tensor left, Tensor right) => left.remainder_(right);

    /// <summary>Every element minus the number.</summary>
    public static Tensor sub(Tensor left, Scalar right) => left.sub(right);

    /// <summary>This minus the other.</summary>
    public static Tensor sub(Tensor left, Tensor right) => left.sub(right);

    /// <summary>Every element minus the number, in place.</summary>
    public static Tensor sub_(Tensor left, Scalar right) => left.sub_(right);

    /// <summary>This minus the other, in place.</summary>
    public static Tensor sub_(Tensor left, Tensor right) => left.sub_(right);
}
