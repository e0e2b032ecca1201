using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/autograd.cpp: gradients. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeAutograd
{
    [LibraryImport(Library.Name, EntryPoint = "sae_grad_mode_get")]
    internal static partial int grad_mode_get([MarshalAs(UnmanagedType.U1)] out bool enabled);

    [LibraryImport(Library.Name, EntryPoint = "sae_grad_mode_set")]
    internal static partial int grad_mode_set([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library.Name, EntryPoint = "sae_inference_mode_get")]
    internal static partial int inference_mode_get([MarshalAs(UnmanagedType.U1)] out bool enabled);

    [LibraryImport(Library.Name, EntryPoint = "sae_inference_mode_enter")]
    internal static partial int inference_mode_enter([MarshalAs(UnmanagedType.U1)] bool enabled, out nint guard);

    [LibraryImport(Library.Name, EntryPoint = "sae_inference_mode_leave")]
    internal static partial int inference_mode_leave(nint guard);

    [LibraryImport(Library.Name, EntryPoint = "sae_get_requires_grad")]
    internal static partial int get_requires_grad(TensorHandle self, [MarshalAs(UnmanagedType.U1)] out bool result);

    [LibraryImport(Library.Name, EntryPoint = "sae_set_requires_grad")]
    internal static partial int set_requires_grad(TensorHandle self, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library.Name, EntryPoint = "sae_retain_grad")]
    internal static partial int retain_grad(TensorHandle self);

    [LibraryImport(Library.Name, EntryPoint = "sae_get_grad")]
    internal static partial int get_grad(TensorHandle self, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_set_grad")]
    internal static partial int set_grad(TensorHandle self, TensorHandle grad);

    [LibraryImport(Library.Name, EntryPoint = "sae_backward")]
    internal static partial int backward(
        ReadOnlySpan<nint> outputs, int outputCount, ReadOnlySpan<nint> grads, int gradCount,
        [MarshalAs(UnmanagedType.U1)] bool retainGraph, [MarshalAs(UnmanagedType.U1)] bool createGraph, ReadOnlySpan<nint> inputs,
        int inputCount);

    [LibraryImport(Library.Name, EntryPoint = "sae_grad")]
    internal static partial int grad(
        ReadOnlySpan<nint> outputs, int outputCount, ReadOnlySpan<nint> inputs, int inputCount, ReadOnlySpan<nint> grads,
        int gradCount, [MarshalAs(UnmanagedType.U1)] bool retainGraph, [MarshalAs(UnmanagedType.U1)] bool createGraph,
        [MarshalAs(UnmanagedType.U1)] bool allowUnused, Span<nint> results, out int count);
}
