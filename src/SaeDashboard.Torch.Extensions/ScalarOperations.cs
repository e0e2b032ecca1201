using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Extensions;

/// <summary>
/// The operations of torch that take a number. TorchSharp passes a number as a native <see cref="Scalar"/>, which a call such as
/// <c>x.add(y)</c> or <c>x.mul(2)</c> makes for itself and then forgets: nothing refers to it while libtorch reads it, so that the finalizer
/// can free it first. The call then ends in an error, or computes with another number. Here a scalar is kept until the call has returned.
/// Names, shapes and errors are those of torch's operations. <c>ScalarLifetimeTests</c> refuses the unsafe calls in our assemblies.
/// </summary>
public static class ScalarOperations
{
    private static readonly Scalar Zero = 0;
    private static readonly Scalar One = 1;
    private static readonly Scalar Two = 2;

    /// <summary>The sum of two tensors.</summary>
    public static Tensor Add(this Tensor x, Tensor other) => x.add(other, One);

    /// <summary>The sum of a tensor and a number.</summary>
    public static Tensor Add(this Tensor x, Scalar number)
    {
        using (number) return x.add(number, One);
    }

    /// <summary>Adds a tensor to this one.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor other) => x.add_(other, One);

    /// <summary>Adds <paramref name="alpha"/> times a tensor to this one.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor other, Scalar alpha)
    {
        using (alpha) return x.add_(other, alpha);
    }

    /// <summary>Adds a number to this tensor.</summary>
    public static Tensor AddInPlace(this Tensor x, Scalar number)
    {
        using (number) return x.add_(number, One);
    }

    /// <summary>A tensor less a number.</summary>
    public static Tensor Sub(this Tensor x, Scalar number)
    {
        using (number) return x.sub(number);
    }

    /// <summary>A tensor times a number.</summary>
    public static Tensor Mul(this Tensor x, Scalar factor)
    {
        using (factor) return x.mul(factor);
    }

    /// <summary>Multiplies this tensor by a number.</summary>
    public static Tensor MulInPlace(this Tensor x, Scalar factor)
    {
        using (factor) return x.mul_(factor);
    }

    /// <summary>A tensor divided by a number.</summary>
    public static Tensor Div(this Tensor x, Scalar divisor, RoundingMode rounding = RoundingMode.None)
    {
        using (divisor) return x.div(divisor, rounding);
    }

    /// <summary>A tensor's squares.</summary>
    public static Tensor Square(this Tensor x) => x.pow(Two);

    /// <summary>Adds <paramref name="value"/> · a · b to this tensor.</summary>
    public static Tensor AddProductInPlace(this Tensor x, Tensor a, Tensor b, Scalar value)
    {
        using (value) return x.addcmul_(a, b, value);
    }

    /// <summary>Adds <paramref name="value"/> · a / b to this tensor.</summary>
    public static Tensor AddQuotientInPlace(this Tensor x, Tensor a, Tensor b, Scalar value)
    {
        using (value) return x.addcdiv_(a, b, value);
    }

    /// <summary>Where a tensor is above a number.</summary>
    public static Tensor Gt(this Tensor x, Scalar number)
    {
        using (number) return x.gt(number);
    }

    /// <summary>Where a tensor is below a number.</summary>
    public static Tensor Lt(this Tensor x, Scalar number)
    {
        using (number) return x.lt(number);
    }

    /// <summary>A tensor with nothing below a number.</summary>
    public static Tensor ClampMin(this Tensor x, Scalar minimum)
    {
        using (minimum) return x.clamp_min(minimum);
    }

    /// <summary>Raises what is below a number to it.</summary>
    public static Tensor ClampMinInPlace(this Tensor x, Scalar minimum)
    {
        using (minimum) return x.clamp_(min: minimum);
    }

    /// <summary>Sets every value to a number.</summary>
    public static Tensor Fill(this Tensor x, Scalar number)
    {
        using (number) return x.fill_(number);
    }

    /// <summary>A tensor with a number where the mask is true.</summary>
    public static Tensor MaskedFill(this Tensor x, Tensor mask, Scalar number)
    {
        using (number) return x.masked_fill(mask, number);
    }

    /// <summary>A tensor of the same shape, type and device that holds a number everywhere.</summary>
    public static Tensor FullLike(this Tensor x, Scalar number)
    {
        using (number) return full_like(x, number);
    }

    /// <summary>A tensor of a shape that holds a number everywhere.</summary>
    public static Tensor Full(ReadOnlySpan<long> shape, Scalar number, Device? device = null)
    {
        using (number) return full(shape, number, device: device);
    }

    /// <summary>The integers from 0 to <paramref name="end"/> − 1.</summary>
    public static Tensor Range(long end, Device? device = null)
    {
        using Scalar stop = end;
        return arange(Zero, stop, One, ScalarType.Int64, device);
    }

    /// <summary>x where it is positive, else e<sup>x</sup> − 1.</summary>
    public static Tensor Elu(this Tensor x) => x.elu(One, One, One);
}
