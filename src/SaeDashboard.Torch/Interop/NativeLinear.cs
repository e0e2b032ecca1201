using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/linear.cpp: products of matrices. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeLinear
{
    [LibraryImport(Library.Name, EntryPoint = "sae_matmul")]
    internal static partial int matmul(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_mm")]
    internal static partial int mm(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_bmm")]
    internal static partial int bmm(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_mv")]
    internal static partial int mv(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_dot")]
    internal static partial int dot(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_outer")]
    internal static partial int outer(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_addmm")]
    internal static partial int addmm(
        TensorHandle self, TensorHandle first, TensorHandle second, double beta, double alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_addmm_")]
    internal static partial int addmm_(TensorHandle self, TensorHandle first, TensorHandle second, double beta, double alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_addmv")]
    internal static partial int addmv(
        TensorHandle self, TensorHandle first, TensorHandle second, double beta, double alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_addmv_")]
    internal static partial int addmv_(TensorHandle self, TensorHandle first, TensorHandle second, double beta, double alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_baddbmm")]
    internal static partial int baddbmm(
        TensorHandle self, TensorHandle first, TensorHandle second, double beta, double alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_baddbmm_")]
    internal static partial int baddbmm_(TensorHandle self, TensorHandle first, TensorHandle second, double beta, double alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_addbmm")]
    internal static partial int addbmm(
        TensorHandle self, TensorHandle first, TensorHandle second, double beta, double alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_addbmm_")]
    internal static partial int addbmm_(TensorHandle self, TensorHandle first, TensorHandle second, double beta, double alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_einsum", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int einsum(string equation, ReadOnlySpan<nint> items, int count, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_tensordot")]
    internal static partial int tensordot(
        TensorHandle self, TensorHandle other, ReadOnlySpan<long> first, int firstCount, ReadOnlySpan<long> second, int secondCount,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_svd")]
    internal static partial int svd(TensorHandle self, [MarshalAs(UnmanagedType.U1)] bool full, out nint u, out nint s, out nint vh);

    [LibraryImport(Library.Name, EntryPoint = "sae_eigh")]
    internal static partial int eigh(TensorHandle self, [MarshalAs(UnmanagedType.U1)] bool upper, out nint first, out nint second);

    [LibraryImport(Library.Name, EntryPoint = "sae_qr")]
    internal static partial int qr(TensorHandle self, [MarshalAs(UnmanagedType.U1)] bool reduced, out nint first, out nint second);

    [LibraryImport(Library.Name, EntryPoint = "sae_inverse")]
    internal static partial int inverse(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_solve")]
    internal static partial int solve(TensorHandle self, TensorHandle other, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_cholesky")]
    internal static partial int cholesky(TensorHandle self, out nint result);
}
