using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/pointwise.cpp: element by element, of two. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativePointwise
{
    [LibraryImport(Library.Name, EntryPoint = "sae_maximum")]
    internal static partial int maximum(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_minimum")]
    internal static partial int minimum(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_atan2")]
    internal static partial int atan2(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_logical_and")]
    internal static partial int logical_and(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_logical_or")]
    internal static partial int logical_or(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_logical_xor")]
    internal static partial int logical_xor(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_bitwise_and")]
    internal static partial int bitwise_and(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_bitwise_or")]
    internal static partial int bitwise_or(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_bitwise_xor")]
    internal static partial int bitwise_xor(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_logaddexp")]
    internal static partial int logaddexp(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_floor_divide")]
    internal static partial int floor_divide(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_floor_divide_scalar")]
    internal static partial int floor_divide_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_add")]
    internal static partial int add(TensorHandle self, TensorHandle other, NativeScalar alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_add_scalar")]
    internal static partial int add_scalar(TensorHandle self, NativeScalar other, NativeScalar alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_add_")]
    internal static partial int add_(TensorHandle self, TensorHandle other, NativeScalar alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_add_scalar_")]
    internal static partial int add_scalar_(TensorHandle self, NativeScalar other, NativeScalar alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_sub")]
    internal static partial int sub(TensorHandle self, TensorHandle other, NativeScalar alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_sub_scalar")]
    internal static partial int sub_scalar(TensorHandle self, NativeScalar other, NativeScalar alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_sub_")]
    internal static partial int sub_(TensorHandle self, TensorHandle other, NativeScalar alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_sub_scalar_")]
    internal static partial int sub_scalar_(TensorHandle self, NativeScalar other, NativeScalar alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_rsub_scalar")]
    internal static partial int rsub_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_divide_scalar")]
    internal static partial int divide_scalar(NativeScalar self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_mul")]
    internal static partial int mul(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_mul_scalar")]
    internal static partial int mul_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_mul_")]
    internal static partial int mul_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_mul_scalar_")]
    internal static partial int mul_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_pow")]
    internal static partial int pow(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_pow_scalar")]
    internal static partial int pow_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_pow_")]
    internal static partial int pow_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_pow_scalar_")]
    internal static partial int pow_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_remainder")]
    internal static partial int remainder(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_remainder_scalar")]
    internal static partial int remainder_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_remainder_")]
    internal static partial int remainder_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_remainder_scalar_")]
    internal static partial int remainder_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_eq")]
    internal static partial int eq(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_eq_scalar")]
    internal static partial int eq_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_eq_")]
    internal static partial int eq_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_eq_scalar_")]
    internal static partial int eq_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_ne")]
    internal static partial int ne(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_ne_scalar")]
    internal static partial int ne_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_ne_")]
    internal static partial int ne_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_ne_scalar_")]
    internal static partial int ne_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_lt")]
    internal static partial int lt(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_lt_scalar")]
    internal static partial int lt_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_lt_")]
    internal static partial int lt_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_lt_scalar_")]
    internal static partial int lt_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_le")]
    internal static partial int le(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_le_scalar")]
    internal static partial int le_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_le_")]
    internal static partial int le_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_le_scalar_")]
    internal static partial int le_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_gt")]
    internal static partial int gt(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_gt_scalar")]
    internal static partial int gt_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_gt_")]
    internal static partial int gt_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_gt_scalar_")]
    internal static partial int gt_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_ge")]
    internal static partial int ge(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_ge_scalar")]
    internal static partial int ge_scalar(TensorHandle self, NativeScalar other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_ge_")]
    internal static partial int ge_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library.Name, EntryPoint = "sae_ge_scalar_")]
    internal static partial int ge_scalar_(TensorHandle self, NativeScalar other);

    [LibraryImport(Library.Name, EntryPoint = "sae_div")]
    internal static partial int div(TensorHandle self, TensorHandle other, int mode, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_div_scalar")]
    internal static partial int div_scalar(TensorHandle self, NativeScalar other, int mode, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_div_")]
    internal static partial int div_(TensorHandle self, TensorHandle other, int mode);

    [LibraryImport(Library.Name, EntryPoint = "sae_div_scalar_")]
    internal static partial int div_scalar_(TensorHandle self, NativeScalar other, int mode);

    [LibraryImport(Library.Name, EntryPoint = "sae_addcmul")]
    internal static partial int addcmul(TensorHandle self, TensorHandle a, TensorHandle b, NativeScalar value, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_addcmul_")]
    internal static partial int addcmul_(TensorHandle self, TensorHandle a, TensorHandle b, NativeScalar value);

    [LibraryImport(Library.Name, EntryPoint = "sae_addcdiv")]
    internal static partial int addcdiv(TensorHandle self, TensorHandle a, TensorHandle b, NativeScalar value, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_addcdiv_")]
    internal static partial int addcdiv_(TensorHandle self, TensorHandle a, TensorHandle b, NativeScalar value);

    [LibraryImport(Library.Name, EntryPoint = "sae_lerp")]
    internal static partial int lerp(TensorHandle self, TensorHandle end, TensorHandle weight, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_lerp_")]
    internal static partial int lerp_(TensorHandle self, TensorHandle end, TensorHandle weight);

    [LibraryImport(Library.Name, EntryPoint = "sae_clamp")]
    internal static partial int clamp(TensorHandle self, NativeScalar low, NativeScalar high, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_clamp_")]
    internal static partial int clamp_(TensorHandle self, NativeScalar low, NativeScalar high);

    [LibraryImport(Library.Name, EntryPoint = "sae_clamp_tensor")]
    internal static partial int clamp_tensor(TensorHandle self, TensorHandle low, TensorHandle high, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_clamp_tensor_")]
    internal static partial int clamp_tensor_(TensorHandle self, TensorHandle low, TensorHandle high);

    [LibraryImport(Library.Name, EntryPoint = "sae_where")]
    internal static partial int where(TensorHandle condition, TensorHandle x, TensorHandle y, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_masked_fill")]
    internal static partial int masked_fill(TensorHandle self, TensorHandle mask, NativeScalar value, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_masked_fill_")]
    internal static partial int masked_fill_(TensorHandle self, TensorHandle mask, NativeScalar value);

    [LibraryImport(Library.Name, EntryPoint = "sae_isclose")]
    internal static partial int isclose(
        TensorHandle self, TensorHandle other, double rtol, double atol, [MarshalAs(UnmanagedType.U1)] bool equalNan, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_allclose")]
    internal static partial int allclose(
        TensorHandle self, TensorHandle other, double rtol, double atol, [MarshalAs(UnmanagedType.U1)] bool equalNan,
        [MarshalAs(UnmanagedType.U1)] out bool result);

    [LibraryImport(Library.Name, EntryPoint = "sae_equal")]
    internal static partial int equal(TensorHandle self, TensorHandle other, [MarshalAs(UnmanagedType.U1)] out bool result);
}
