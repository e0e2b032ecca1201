using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/index.cpp: reading and writing by index. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeIndexing
{
    [LibraryImport(Library.Name, EntryPoint = "sae_index_select")]
    internal static partial int index_select(TensorHandle self, long dim, TensorHandle index, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_gather")]
    internal static partial int gather(TensorHandle self, long dim, TensorHandle index, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_take")]
    internal static partial int take(TensorHandle self, TensorHandle index, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_take_along_dim")]
    internal static partial int take_along_dim(TensorHandle self, TensorHandle index, long dim, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_scatter")]
    internal static partial int scatter(TensorHandle self, long dim, TensorHandle index, TensorHandle source, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_scatter_")]
    internal static partial int scatter_(TensorHandle self, long dim, TensorHandle index, TensorHandle source);

    [LibraryImport(Library.Name, EntryPoint = "sae_scatter_add")]
    internal static partial int scatter_add(TensorHandle self, long dim, TensorHandle index, TensorHandle source, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_scatter_add_")]
    internal static partial int scatter_add_(TensorHandle self, long dim, TensorHandle index, TensorHandle source);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_add")]
    internal static partial int index_add(
        TensorHandle self, long dim, TensorHandle index, TensorHandle source, NativeScalar alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_add_")]
    internal static partial int index_add_(TensorHandle self, long dim, TensorHandle index, TensorHandle source, NativeScalar alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_copy")]
    internal static partial int index_copy(TensorHandle self, long dim, TensorHandle index, TensorHandle source, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_copy_")]
    internal static partial int index_copy_(TensorHandle self, long dim, TensorHandle index, TensorHandle source);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_fill")]
    internal static partial int index_fill(TensorHandle self, long dim, TensorHandle index, NativeScalar value, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_fill_")]
    internal static partial int index_fill_(TensorHandle self, long dim, TensorHandle index, NativeScalar value);

    [LibraryImport(Library.Name, EntryPoint = "sae_masked_select")]
    internal static partial int masked_select(TensorHandle self, TensorHandle mask, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_nonzero")]
    internal static partial int nonzero(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_index")]
    internal static partial int index(TensorHandle self, ReadOnlySpan<NativeIndex> indices, int count, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_put_")]
    internal static partial int index_put_(TensorHandle self, ReadOnlySpan<NativeIndex> indices, int count, TensorHandle value);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_put_scalar_")]
    internal static partial int index_put_scalar_(TensorHandle self, ReadOnlySpan<NativeIndex> indices, int count, NativeScalar value);

    [LibraryImport(Library.Name, EntryPoint = "sae_index_put_tensors_")]
    internal static partial int index_put_tensors_(
        TensorHandle self, ReadOnlySpan<nint> items, int count, TensorHandle value, [MarshalAs(UnmanagedType.U1)] bool accumulate);
}
