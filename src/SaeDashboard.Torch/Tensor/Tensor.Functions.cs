using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Functions of every element.</content>
    public partial class Tensor
    {
        /// <summary>The absolute value.</summary>
        public Tensor abs() => Make(NativeUnary.abs(Live, out var result), result);

        /// <summary>The absolute value, in place.</summary>
        public Tensor abs_() => Done(NativeUnary.abs_(Live));

        /// <summary>The arc cosine.</summary>
        public Tensor acos() => Make(NativeUnary.acos(Live, out var result), result);

        /// <summary>The arc cosine, in place.</summary>
        public Tensor acos_() => Done(NativeUnary.acos_(Live));

        /// <summary>The arc sine.</summary>
        public Tensor asin() => Make(NativeUnary.asin(Live, out var result), result);

        /// <summary>The arc sine, in place.</summary>
        public Tensor asin_() => Done(NativeUnary.asin_(Live));

        /// <summary>The arc tangent.</summary>
        public Tensor atan() => Make(NativeUnary.atan(Live, out var result), result);

        /// <summary>The arc tangent, in place.</summary>
        public Tensor atan_() => Done(NativeUnary.atan_(Live));

        /// <summary>The next whole number above.</summary>
        public Tensor ceil() => Make(NativeUnary.ceil(Live, out var result), result);

        /// <summary>The next whole number above, in place.</summary>
        public Tensor ceil_() => Done(NativeUnary.ceil_(Live));

        /// <summary>The cosine.</summary>
        public Tensor cos() => Make(NativeUnary.cos(Live, out var result), result);

        /// <summary>The cosine, in place.</summary>
        public Tensor cos_() => Done(NativeUnary.cos_(Live));

        /// <summary>The hyperbolic cosine.</summary>
        public Tensor cosh() => Make(NativeUnary.cosh(Live, out var result), result);

        /// <summary>The hyperbolic cosine, in place.</summary>
        public Tensor cosh_() => Done(NativeUnary.cosh_(Live));

        /// <summary>The error function.</summary>
        public Tensor erf() => Make(NativeUnary.erf(Live, out var result), result);

        /// <summary>The error function, in place.</summary>
        public Tensor erf_() => Done(NativeUnary.erf_(Live));

        /// <summary>One minus the error function.</summary>
        public Tensor erfc() => Make(NativeUnary.erfc(Live, out var result), result);

        /// <summary>One minus the error function, in place.</summary>
        public Tensor erfc_() => Done(NativeUnary.erfc_(Live));

        /// <summary>e to the element.</summary>
        public Tensor exp() => Make(NativeUnary.exp(Live, out var result), result);

        /// <summary>e to the element, in place.</summary>
        public Tensor exp_() => Done(NativeUnary.exp_(Live));

        /// <summary>2 to the element.</summary>
        public Tensor exp2() => Make(NativeUnary.exp2(Live, out var result), result);

        /// <summary>2 to the element, in place.</summary>
        public Tensor exp2_() => Done(NativeUnary.exp2_(Live));

        /// <summary>e to the element, minus one.</summary>
        public Tensor expm1() => Make(NativeUnary.expm1(Live, out var result), result);

        /// <summary>e to the element, minus one, in place.</summary>
        public Tensor expm1_() => Done(NativeUnary.expm1_(Live));

        /// <summary>The next whole number below.</summary>
        public Tensor floor() => Make(NativeUnary.floor(Live, out var result), result);

        /// <summary>The next whole number below, in place.</summary>
        public Tensor floor_() => Done(NativeUnary.floor_(Live));

        /// <summary>What stands behind the point.</summary>
        public Tensor frac() => Make(NativeUnary.frac(Live, out var result), result);

        /// <summary>What stands behind the point, in place.</summary>
        public Tensor frac_() => Done(NativeUnary.frac_(Live));

        /// <summary>The natural logarithm.</summary>
        public Tensor log() => Make(NativeUnary.log(Live, out var result), result);

        /// <summary>The natural logarithm, in place.</summary>
        public Tensor log_() => Done(NativeUnary.log_(Live));

        /// <summary>The logarithm to base 10.</summary>
        public Tensor log10() => Make(NativeUnary.log10(Live, out var result), result);

        /// <summary>The logarithm to base 10, in place.</summary>
        public Tensor log10_() => Done(NativeUnary.log10_(Live));

        /// <summary>The natural logarithm of one plus the element.</summary>
        public Tensor log1p() => Make(NativeUnary.log1p(Live, out var result), result);

        /// <summary>The natural logarithm of one plus the element, in place.</summary>
        public Tensor log1p_() => Done(NativeUnary.log1p_(Live));

        /// <summary>The logarithm to base 2.</summary>
        public Tensor log2() => Make(NativeUnary.log2(Live, out var result), result);

        /// <summary>The logarithm to base 2, in place.</summary>
        public Tensor log2_() => Done(NativeUnary.log2_(Live));

        /// <summary>The negative.</summary>
        public Tensor neg() => Make(NativeUnary.neg(Live, out var result), result);

        /// <summary>The negative, in place.</summary>
        public Tensor neg_() => Done(NativeUnary.neg_(Live));

        /// <summary>One over the element.</summary>
        public Tensor reciprocal() => Make(NativeUnary.reciprocal(Live, out var result), result);

        /// <summary>One over the element, in place.</summary>
        public Tensor reciprocal_() => Done(NativeUnary.reciprocal_(Live));

        /// <summary>The element where it is positive, else zero.</summary>
        public Tensor relu() => Make(NativeUnary.relu(Live, out var result), result);

        /// <summary>The element where it is positive, else zero, in place.</summary>
        public Tensor relu_() => Done(NativeUnary.relu_(Live));

        /// <summary>One over the square root.</summary>
        public Tensor rsqrt() => Make(NativeUnary.rsqrt(Live, out var result), result);

        /// <summary>One over the square root, in place.</summary>
        public Tensor rsqrt_() => Done(NativeUnary.rsqrt_(Live));

        /// <summary>1 / (1 + exp(−x)).</summary>
        public Tensor sigmoid() => Make(NativeUnary.sigmoid(Live, out var result), result);

        /// <summary>1 / (1 + exp(−x)), in place.</summary>
        public Tensor sigmoid_() => Done(NativeUnary.sigmoid_(Live));

        /// <summary>x · sigmoid(x).</summary>
        public Tensor silu() => Make(NativeUnary.silu(Live, out var result), result);

        /// <summary>x · sigmoid(x), in place.</summary>
        public Tensor silu_() => Done(NativeUnary.silu_(Live));

        /// <summary>The sine.</summary>
        public Tensor sin() => Make(NativeUnary.sin(Live, out var result), result);

        /// <summary>The sine, in place.</summary>
        public Tensor sin_() => Done(NativeUnary.sin_(Live));

        /// <summary>The hyperbolic sine.</summary>
        public Tensor sinh() => Make(NativeUnary.sinh(Live, out var result), result);

        /// <summary>The hyperbolic sine, in place.</summary>
        public Tensor sinh_() => Done(NativeUnary.sinh_(Live));

        /// <summary>The square root.</summary>
        public Tensor sqrt() => Make(NativeUnary.sqrt(Live, out var result), result);

        /// <summary>The square root, in place.</summary>
        public Tensor sqrt_() => Done(NativeUnary.sqrt_(Live));

        /// <summary>The tangent.</summary>
        public Tensor tan() => Make(NativeUnary.tan(Live, out var result), result);

        /// <summary>The tangent, in place.</summary>
        public Tensor tan_() => Done(NativeUnary.tan_(Live));

        /// <summary>The hyperbolic tangent.</summary>
        public Tensor tanh() => Make(NativeUnary.tanh(Live, out var result), result);

        /// <summary>The hyperbolic tangent, in place.</summary>
        public Tensor tanh_() => Done(NativeUnary.tanh_(Live));

        /// <summary>The whole number towards zero.</summary>
        public Tensor trunc() => Make(NativeUnary.trunc(Live, out var result), result);

        /// <summary>The whole number towards zero, in place.</summary>
        public Tensor trunc_() => Done(NativeUnary.trunc_(Live));

        /// <summary>The bits inverted.</summary>
        public Tensor bitwise_not() => Make(NativeUnary.bitwise_not(Live, out var result), result);

        /// <summary>Whether the element is neither infinite nor NaN.</summary>
        public Tensor isfinite() => Make(NativeUnary.isfinite(Live, out var result), result);

        /// <summary>Whether the element is infinite.</summary>
        public Tensor isinf() => Make(NativeUnary.isinf(Live, out var result), result);

        /// <summary>Whether the element is NaN.</summary>
        public Tensor isnan() => Make(NativeUnary.isnan(Live, out var result), result);

        /// <summary>Whether the element is zero.</summary>
        public Tensor logical_not() => Make(NativeUnary.logical_not(Live, out var result), result);

        /// <summary>−1, 0 or 1.</summary>
        public Tensor sign() => Make(NativeUnary.sign(Live, out var result), result);

        /// <summary>The element times itself.</summary>
        public Tensor square() => Make(NativeUnary.square(Live, out var result), result);

        /// <summary>The absolute value.</summary>
        public Tensor absolute() => abs();

        /// <summary>The negative.</summary>
        public Tensor negative() => neg();

        /// <summary>Rounded to so many decimals; halves go to the even neighbour.</summary>
        public Tensor round(long decimals = 0) => Make(NativeUnary.round(Live, decimals, out var result), result);
    }
}
