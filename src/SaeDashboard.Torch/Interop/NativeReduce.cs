using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/reduce.cpp: reductions, order and counts. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeReduce
{
    [LibraryImport(Library.Name, EntryPoint = "sae_sum")]
    internal static partial int sum(TensorHandle self, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_sum_dims")]
    internal static partial int sum_dims(
        TensorHandle self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_mean")]
    internal static partial int mean(TensorHandle self, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_mean_dims")]
    internal static partial int mean_dims(
        TensorHandle self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_prod")]
    internal static partial int prod(TensorHandle self, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_prod_dim")]
    internal static partial int prod_dim(
        TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_var")]
    internal static partial int var(TensorHandle self, [MarshalAs(UnmanagedType.U1)] bool unbiased, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_var_dims")]
    internal static partial int var_dims(
        TensorHandle self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool unbiased,
        [MarshalAs(UnmanagedType.U1)] bool keepdim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_std")]
    internal static partial int std(TensorHandle self, [MarshalAs(UnmanagedType.U1)] bool unbiased, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_std_dims")]
    internal static partial int std_dims(
        TensorHandle self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool unbiased,
        [MarshalAs(UnmanagedType.U1)] bool keepdim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_amax")]
    internal static partial int amax(
        TensorHandle self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_amin")]
    internal static partial int amin(
        TensorHandle self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_max")]
    internal static partial int max(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_min")]
    internal static partial int min(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_median")]
    internal static partial int median(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_max_dim")]
    internal static partial int max_dim(
        TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint first, out nint second);

    [LibraryImport(Library.Name, EntryPoint = "sae_min_dim")]
    internal static partial int min_dim(
        TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint first, out nint second);

    [LibraryImport(Library.Name, EntryPoint = "sae_argmax")]
    internal static partial int argmax(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_argmin")]
    internal static partial int argmin(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_argmax_dim")]
    internal static partial int argmax_dim(TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_argmin_dim")]
    internal static partial int argmin_dim(TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_all")]
    internal static partial int all(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_any")]
    internal static partial int any(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_all_dim")]
    internal static partial int all_dim(TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_any_dim")]
    internal static partial int any_dim(TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_cumsum")]
    internal static partial int cumsum(TensorHandle self, long dim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_cumprod")]
    internal static partial int cumprod(TensorHandle self, long dim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_logsumexp")]
    internal static partial int logsumexp(TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_count_nonzero")]
    internal static partial int count_nonzero(TensorHandle self, ReadOnlySpan<long> dims, int count, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_topk")]
    internal static partial int topk(
        TensorHandle self, long k, long dim, [MarshalAs(UnmanagedType.U1)] bool largest, [MarshalAs(UnmanagedType.U1)] bool sorted,
        out nint first, out nint second);

    [LibraryImport(Library.Name, EntryPoint = "sae_sort")]
    internal static partial int sort(
        TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool descending, [MarshalAs(UnmanagedType.U1)] bool stable,
        out nint first, out nint second);

    [LibraryImport(Library.Name, EntryPoint = "sae_argsort")]
    internal static partial int argsort(TensorHandle self, long dim, [MarshalAs(UnmanagedType.U1)] bool descending, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_kthvalue")]
    internal static partial int kthvalue(
        TensorHandle self, long k, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint first, out nint second);

    [LibraryImport(Library.Name, EntryPoint = "sae_quantile")]
    internal static partial int quantile(
        TensorHandle self, TensorHandle q, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_bincount")]
    internal static partial int bincount(TensorHandle self, TensorHandle weights, long minimum, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_histc")]
    internal static partial int histc(TensorHandle self, long bins, long low, long high, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_bucketize")]
    internal static partial int bucketize(
        TensorHandle self, TensorHandle boundaries, [MarshalAs(UnmanagedType.U1)] bool int32, [MarshalAs(UnmanagedType.U1)] bool right,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_searchsorted")]
    internal static partial int searchsorted(
        TensorHandle sequence, TensorHandle values, [MarshalAs(UnmanagedType.U1)] bool int32, [MarshalAs(UnmanagedType.U1)] bool right,
        TensorHandle sorter, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_unique")]
    internal static partial int unique(
        TensorHandle self, [MarshalAs(UnmanagedType.U1)] bool sorted, [MarshalAs(UnmanagedType.U1)] bool inverse,
        [MarshalAs(UnmanagedType.U1)] bool counts, out nint first, out nint second, out nint third);

    [LibraryImport(Library.Name, EntryPoint = "sae_norm")]
    internal static partial int norm(TensorHandle self, double p, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_norm_dim")]
    internal static partial int norm_dim(
        TensorHandle self, double p, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_vector_norm")]
    internal static partial int vector_norm(
        TensorHandle self, double order, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_linalg_norm")]
    internal static partial int linalg_norm(
        TensorHandle self, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_linalg_norm_order")]
    internal static partial int linalg_norm_order(
        TensorHandle self, double order, ReadOnlySpan<long> dims, int count, [MarshalAs(UnmanagedType.U1)] bool keepdim,
        out nint result);
}
