namespace TorchSharp;

/// <content>Functions of every element. The same as the methods of <see cref="Tensor"/>.</content>
public static partial class torch
{
    /// <summary>The absolute value.</summary>
    public static Tensor abs(Tensor input) => input.abs();

    /// <summary>The absolute value, in place.</summary>
    public static Tensor abs_(Tensor input) => input.abs_();

    /// <summary>The absolute value.</summary>
    public static Tensor absolute(Tensor input) => input.absolute();

    /// <summary>The arc cosine.</summary>
    public static Tensor acos(Tensor input) => input.acos();

    /// <summary>The arc cosine, in place.</summary>
    public static Tensor acos_(Tensor input) => input.acos_();

    /// <summary>The arc sine.</summary>
    public static Tensor asin(Tensor input) => input.asin();

    /// <summary>The arc sine, in place.</summary>
    public static Tensor asin_(Tensor input) => input.asin_();

    /// <summary>The arc tangent.</summary>
    public static Tensor atan(Tensor input) => input.atan();

    /// <summary>The arc tangent, in place.</summary>
    public static Tensor atan_(Tensor input) => input.atan_();

    /// <summary>The bits inverted.</summary>
    public static Tensor bitwise_not(Tensor input) => input.bitwise_not();

    /// <summary>The next whole number above.</summary>
    public static Tensor ceil(Tensor input) => input.ceil();

    /// <summary>The next whole number above, in place.</summary>
    public static Tensor ceil_(Tensor input) => input.ceil_();

    /// <summary>The cosine.</summary>
    public static Tensor cos(Tensor input) => input.cos();

    /// <summary>The cosine, in place.</summary>
    public static Tensor cos_(Tensor input) => input.cos_();

    /// <summary>The hyperbolic cosine.</summary>
    public static Tensor cosh(Tensor input) => input.cosh();

    /// <summary>The hyperbolic cosine, in place.</summary>
    public static Tensor cosh_(Tensor input) => input.cosh_();

    /// <summary>The error function.</summary>
    public static Tensor erf(Tensor input) => input.erf();

    /// <summary>The error function, in place.</summary>
    public static Tensor erf_(Tensor input) => input.erf_();

    /// <summary>One minus the error function.</summary>
    public static Tensor erfc(Tensor input) => input.erfc();

    /// <summary>One minus the error function, in place.</summary>
    public static Tensor erfc_(Tensor input) => input.erfc_();

    /// <summary>e to the element.</summary>
    public static Tensor exp(Tensor input) => input.exp();

    /// <summary>2 to the element.</summary>
    public static Tensor exp2(Tensor input) => input.exp2();

    /// <summary>2 to the element, in place.</summary>
    public static Tensor exp2_(Tensor input) => input.exp2_();

    /// <summary>e to the element, in place.</summary>
    public static Tensor exp_(Tensor input) => input.exp_();

    /// <summary>e to the element, minus one.</summary>
    public static Tensor expm1(Tensor input) => input.expm1();

    /// <summary>e to the element, minus one, in place.</summary>
    public static Tensor expm1_(Tensor input) => input.expm1_();

    /// <summary>The next whole number below.</summary>
    public static Tensor floor(Tensor input) => input.floor();

    /// <summary>The next whole number below, in place.</summary>
    public static Tensor floor_(Tensor input) => input.floor_();

    /// <summary>What stands behind the point.</summary>
    public static Tensor frac(Tensor input) => input.frac();

    /// <summary>What stands behind the point, in place.</summary>
    public static Tensor frac_(Tensor input) => input.frac_();

    /// <summary>Whether the element is neither infinite nor NaN.</summary>
    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();

    /// <summary>Whether the element is infinite.</summary>
    public static Tensor isinf(Tensor tensor) => tensor.isinf();

    /// <summary>Whether the element is NaN.</summary>
    public static Tensor isnan(Tensor input) => input.isnan();

    /// <summary>The natural logarithm.</summary>
    public static Tensor log(Tensor input) => input.log();

    /// <summary>The logarithm to base 10.</summary>
    public static Tensor log10(Tensor input) => input.log10();

    /// <summary>The logarithm to base 10, in place.</summary>
    public static Tensor log10_(Tensor input) => input.log10_();

    /// <summary>The natural logarithm of one plus the element.</summary>
    public static Tensor log1p(Tensor input) => input.log1p();

    /// <summary>The natural logarithm of one plus the element, in place.</summary>
    public static Tensor log1p_(Tensor input) => input.log1p_();

    /// <summary>The logarithm to base 2.</summary>
    public static Tensor log2(Tensor input) => input.log2();

    /// <summary>The logarithm to base 2, in place.</summary>
    public static Tensor log2_(Tensor input) => input.log2_();

    /// <summary>The natural logarithm, in place.</summary>
    public static Tensor log_(Tensor input) => input.log_();

    /// <summary>Whether the element is zero.</summary>
    public static Tensor logical_not(Tensor input) => input.logical_not();

    /// <summary>The negative.</summary>
    public static Tensor neg(Tensor input) => input.neg();

    /// <summary>The negative, in place.</summary>
    public static Tensor neg_(Tensor input) => input.neg_();

    /// <summary>The negative.</summary>
    public static Tensor negative(Tensor input) => input.negative();

    /// <summary>One over the element.</summary>
    public static Tensor reciprocal(Tensor input) => input.reciprocal();

    /// <summary>One over the element, in place.</summary>
    public static Tensor reciprocal_(Tensor input) => input.reciprocal_();

    /// <summary>Rounded to so many decimals; halves go to the even neighbour.</summary>
    public static Tensor round(Tensor input, long decimals = 0) => input.round(decimals);

    /// <summary>One over the square root.</summary>
    public static Tensor rsqrt(Tensor input) => input.rsqrt();

    /// <summary>One over the square root, in place.</summary>
    public static Tensor rsqrt_(Tensor input) => input.rsqrt_();

    /// <summary>1 / (1 + exp(−x)).</summary>
    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    /// <summary>1 / (1 + exp(−x)), in place.</summary>
    public static Tensor sigmoid_(Tensor input) => input.sigmoid_();

    /// <summary>−1, 0 or 1.</summary>
    public static Tensor sign(Tensor input) => input.sign();

    /// <summary>The sine.</summary>
    public static Tensor sin(Tensor input) => input.sin();

    /// <summary>The sine, in place.</summary>
    public static Tensor sin_(Tensor input) => input.sin_();

    /// <summary>The hyperbolic sine.</summary>
    public static Tensor sinh(Tensor input) => input.sinh();

    /// <summary>The hyperbolic sine, in place.</summary>
    public static Tensor sinh_(Tensor input) => input.sinh_();

    /// <summary>The square root.</summary>
    public static Tensor sqrt(Tensor input) => input.sqrt();

    /// <summary>The square root, in place.</summary>
    public static Tensor sqrt_(Tensor input) => input.sqrt_();

    /// <summary>The element times itself.</summary>
    public static Tensor square(Tensor input) => input.square();

    /// <summary>The tangent.</summary>
    public static Tensor tan(Tensor input) => input.tan();

    /// <summary>The tangent, in place.</summary>
    public static Tensor tan_(Tensor input) => input.tan_();

    /// <summary>The hyperbolic tangent.</summary>
    public static Tensor tanh(Tensor input) => input.tanh();

    /// <summary>The hyperbolic tangent, in place.</summary>
    public static Tensor tanh_(Tensor input) => input.tanh_();

    /// <summary>The whole number towards zero.</summary>
    public static Tensor trunc(Tensor input) => input.trunc();

    /// <summary>The whole number towards zero, in place.</summary>
    public static Tensor trunc_(Tensor input) => input.trunc_();
}
