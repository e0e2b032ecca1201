using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/tensor.cpp: a tensor's life and attributes. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeTensor
{
    [LibraryImport(Library.Name, EntryPoint = "sae_dim")]
    internal static partial int dim(TensorHandle self, out long result);

    [LibraryImport(Library.Name, EntryPoint = "sae_numel")]
    internal static partial int numel(TensorHandle self, out long result);

    [LibraryImport(Library.Name, EntryPoint = "sae_element_size")]
    internal static partial int element_size(TensorHandle self, out long result);

    [LibraryImport(Library.Name, EntryPoint = "sae_storage_offset")]
    internal static partial int storage_offset(TensorHandle self, out long result);

    [LibraryImport(Library.Name, EntryPoint = "sae_size")]
    internal static partial int size(TensorHandle self, long dim, out long result);

    [LibraryImport(Library.Name, EntryPoint = "sae_stride")]
    internal static partial int stride(TensorHandle self, long dim, out long result);

    [LibraryImport(Library.Name, EntryPoint = "sae_dtype")]
    internal static partial int dtype(TensorHandle self, out int result);

    [LibraryImport(Library.Name, EntryPoint = "sae_device")]
    internal static partial int device(TensorHandle self, out int type, out int index);

    [LibraryImport(Library.Name, EntryPoint = "sae_shape")]
    internal static partial int shape(TensorHandle self, Span<long> sizes);

    [LibraryImport(Library.Name, EntryPoint = "sae_strides")]
    internal static partial int strides(TensorHandle self, Span<long> strides);

    [LibraryImport(Library.Name, EntryPoint = "sae_is_contiguous")]
    internal static partial int is_contiguous(TensorHandle self, [MarshalAs(UnmanagedType.U1)] out bool result);

    [LibraryImport(Library.Name, EntryPoint = "sae_is_leaf")]
    internal static partial int is_leaf(TensorHandle self, [MarshalAs(UnmanagedType.U1)] out bool result);

    [LibraryImport(Library.Name, EntryPoint = "sae_is_sparse")]
    internal static partial int is_sparse(TensorHandle self, [MarshalAs(UnmanagedType.U1)] out bool result);

    [LibraryImport(Library.Name, EntryPoint = "sae_is_pinned")]
    internal static partial int is_pinned(TensorHandle self, [MarshalAs(UnmanagedType.U1)] out bool result);

    [LibraryImport(Library.Name, EntryPoint = "sae_data_ptr")]
    internal static partial int data_ptr(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_item")]
    internal static partial int item(TensorHandle self, out NativeScalar result);

    [LibraryImport(Library.Name, EntryPoint = "sae_alias")]
    internal static partial int alias(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_clone")]
    internal static partial int clone(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_contiguous")]
    internal static partial int contiguous(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_detach")]
    internal static partial int detach(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_detach_")]
    internal static partial int detach_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_copy_")]
    internal static partial int copy_(TensorHandle self, TensorHandle source, [MarshalAs(UnmanagedType.U1)] bool nonBlocking);

    [LibraryImport(Library.Name, EntryPoint = "sae_fill_")]
    internal static partial int fill_(TensorHandle self, NativeScalar value);

    [LibraryImport(Library.Name, EntryPoint = "sae_zero_")]
    internal static partial int zero_(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_set_")]
    internal static partial int set_(TensorHandle self, TensorHandle source);

    [LibraryImport(Library.Name, EntryPoint = "sae_pin_memory")]
    internal static partial int pin_memory(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_to")]
    internal static partial int to(
        TensorHandle self, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool copy,
        [MarshalAs(UnmanagedType.U1)] bool nonBlocking, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_result_type")]
    internal static partial int result_type(TensorHandle first, TensorHandle second, out int result);

    [LibraryImport(Library.Name, EntryPoint = "sae_promote_types")]
    internal static partial int promote_types(int first, int second, out int result);
}
