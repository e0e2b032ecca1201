using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/shape.cpp: views, joining and cutting. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeShape
{
    [LibraryImport(Library.Name, EntryPoint = "sae_view")]
    internal static partial int view(TensorHandle self, ReadOnlySpan<long> size, int dims, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_reshape")]
    internal static partial int reshape(TensorHandle self, ReadOnlySpan<long> size, int dims, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_expand")]
    internal static partial int expand(
        TensorHandle self, ReadOnlySpan<long> size, int dims, [MarshalAs(UnmanagedType.U1)] bool @implicit, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_repeat")]
    internal static partial int repeat(TensorHandle self, ReadOnlySpan<long> size, int dims, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_permute")]
    internal static partial int permute(TensorHandle self, ReadOnlySpan<long> size, int dims, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_flip")]
    internal static partial int flip(TensorHandle self, ReadOnlySpan<long> size, int dims, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_roll")]
    internal static partial int roll(
        TensorHandle self, ReadOnlySpan<long> shifts, int shiftCount, ReadOnlySpan<long> dims, int dimCount, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_flatten")]
    internal static partial int flatten(TensorHandle self, long from, long to, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_unflatten")]
    internal static partial int unflatten(TensorHandle self, long dim, ReadOnlySpan<long> size, int dims, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_transpose")]
    internal static partial int transpose(TensorHandle self, long first, long second, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_t")]
    internal static partial int t(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_numpy_T")]
    internal static partial int numpy_T(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_squeeze")]
    internal static partial int squeeze(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_squeeze_dim")]
    internal static partial int squeeze_dim(TensorHandle self, long dim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_unsqueeze")]
    internal static partial int unsqueeze(TensorHandle self, long dim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_narrow")]
    internal static partial int narrow(TensorHandle self, long dim, long start, long length, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_select")]
    internal static partial int select(TensorHandle self, long dim, long index, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_slice")]
    internal static partial int slice(TensorHandle self, long dim, long start, long finish, long step, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_as_strided")]
    internal static partial int as_strided(
        TensorHandle self, ReadOnlySpan<long> size, int dims, ReadOnlySpan<long> strides, int strideCount, long offset,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_unfold")]
    internal static partial int unfold(TensorHandle self, long dim, long size, long step, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_diagonal")]
    internal static partial int diagonal(TensorHandle self, long offset, long first, long second, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_diag")]
    internal static partial int diag(TensorHandle self, long diagonal, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_tril")]
    internal static partial int tril(TensorHandle self, long diagonal, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_triu")]
    internal static partial int triu(TensorHandle self, long diagonal, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_movedim")]
    internal static partial int movedim(
        TensorHandle self, ReadOnlySpan<long> from, int fromCount, ReadOnlySpan<long> to, int toCount, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_repeat_interleave")]
    internal static partial int repeat_interleave(
        TensorHandle self, long repeats, long dim, [MarshalAs(UnmanagedType.U1)] bool hasDim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_repeat_interleave_tensor")]
    internal static partial int repeat_interleave_tensor(
        TensorHandle self, TensorHandle repeats, long dim, [MarshalAs(UnmanagedType.U1)] bool hasDim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_cat")]
    internal static partial int cat(ReadOnlySpan<nint> items, int count, long dim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_stack")]
    internal static partial int stack(ReadOnlySpan<nint> items, int count, long dim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_chunk")]
    internal static partial int chunk(TensorHandle self, long chunks, long dim, Span<nint> results, int capacity, out int count);

    [LibraryImport(Library.Name, EntryPoint = "sae_split")]
    internal static partial int split(TensorHandle self, long size, long dim, Span<nint> results, int capacity, out int count);

    [LibraryImport(Library.Name, EntryPoint = "sae_split_sizes")]
    internal static partial int split_sizes(
        TensorHandle self, ReadOnlySpan<long> size, int dims, long dim, Span<nint> results, int capacity, out int count);

    [LibraryImport(Library.Name, EntryPoint = "sae_unbind")]
    internal static partial int unbind(TensorHandle self, long dim, Span<nint> results, int capacity, out int count);
}
