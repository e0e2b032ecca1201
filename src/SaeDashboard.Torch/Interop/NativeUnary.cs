using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/unary.cpp: element by element, of one. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeUnary
{
    [LibraryImport(Library.Name, EntryPoint = "sae_abs")]
    internal static partial int abs(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_abs_")]
    internal static partial int abs_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_acos")]
    internal static partial int acos(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_acos_")]
    internal static partial int acos_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_asin")]
    internal static partial int asin(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_asin_")]
    internal static partial int asin_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_atan")]
    internal static partial int atan(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_atan_")]
    internal static partial int atan_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_ceil")]
    internal static partial int ceil(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_ceil_")]
    internal static partial int ceil_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_cos")]
    internal static partial int cos(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_cos_")]
    internal static partial int cos_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_cosh")]
    internal static partial int cosh(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_cosh_")]
    internal static partial int cosh_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_erf")]
    internal static partial int erf(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_erf_")]
    internal static partial int erf_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_erfc")]
    internal static partial int erfc(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_erfc_")]
    internal static partial int erfc_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_exp")]
    internal static partial int exp(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_exp_")]
    internal static partial int exp_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_exp2")]
    internal static partial int exp2(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_exp2_")]
    internal static partial int exp2_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_expm1")]
    internal static partial int expm1(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_expm1_")]
    internal static partial int expm1_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_floor")]
    internal static partial int floor(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_floor_")]
    internal static partial int floor_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_frac")]
    internal static partial int frac(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_frac_")]
    internal static partial int frac_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_log")]
    internal static partial int log(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_log_")]
    internal static partial int log_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_log10")]
    internal static partial int log10(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_log10_")]
    internal static partial int log10_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_log1p")]
    internal static partial int log1p(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_log1p_")]
    internal static partial int log1p_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_log2")]
    internal static partial int log2(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_log2_")]
    internal static partial int log2_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_neg")]
    internal static partial int neg(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_neg_")]
    internal static partial int neg_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_reciprocal")]
    internal static partial int reciprocal(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_reciprocal_")]
    internal static partial int reciprocal_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_relu")]
    internal static partial int relu(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_relu_")]
    internal static partial int relu_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_rsqrt")]
    internal static partial int rsqrt(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_rsqrt_")]
    internal static partial int rsqrt_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_sigmoid")]
    internal static partial int sigmoid(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_sigmoid_")]
    internal static partial int sigmoid_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_silu")]
    internal static partial int silu(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_silu_")]
    internal static partial int silu_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_sin")]
    internal static partial int sin(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_sin_")]
    internal static partial int sin_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_sinh")]
    internal static partial int sinh(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_sinh_")]
    internal static partial int sinh_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_sqrt")]
    internal static partial int sqrt(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_sqrt_")]
    internal static partial int sqrt_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_tan")]
    internal static partial int tan(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_tan_")]
    internal static partial int tan_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_tanh")]
    internal static partial int tanh(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_tanh_")]
    internal static partial int tanh_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_trunc")]
    internal static partial int trunc(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_trunc_")]
    internal static partial int trunc_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_bitwise_not")]
    internal static partial int bitwise_not(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_isfinite")]
    internal static partial int isfinite(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_isinf")]
    internal static partial int isinf(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_isnan")]
    internal static partial int isnan(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_logical_not")]
    internal static partial int logical_not(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_sign")]
    internal static partial int sign(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_square")]
    internal static partial int square(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_round")]
    internal static partial int round(TensorHandle self, long decimals, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_nan_to_num")]
    internal static partial int nan_to_num(TensorHandle self, double nan, out nint result);
}
