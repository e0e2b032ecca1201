using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/create.cpp: factories. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeCreate
{
    [LibraryImport(Library.Name, EntryPoint = "sae_empty")]
    internal static partial int empty(
        ReadOnlySpan<long> size, int dims, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_zeros")]
    internal static partial int zeros(
        ReadOnlySpan<long> size, int dims, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_ones")]
    internal static partial int ones(
        ReadOnlySpan<long> size, int dims, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_full")]
    internal static partial int full(
        ReadOnlySpan<long> size, int dims, NativeScalar value, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_arange")]
    internal static partial int arange(
        NativeScalar start, NativeScalar stop, NativeScalar step, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_linspace")]
    internal static partial int linspace(
        double start, double end, long steps, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_eye")]
    internal static partial int eye(
        long rows, long columns, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_hann_window")]
    internal static partial int hann_window(
        long length, [MarshalAs(UnmanagedType.U1)] bool periodic, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_rand")]
    internal static partial int rand(
        ReadOnlySpan<long> size, int dims, GeneratorHandle generator, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_randn")]
    internal static partial int randn(
        ReadOnlySpan<long> size, int dims, GeneratorHandle generator, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_randint")]
    internal static partial int randint(
        long low, long high, ReadOnlySpan<long> size, int dims, GeneratorHandle generator, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_randperm")]
    internal static partial int randperm(
        long count, GeneratorHandle generator, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_empty_like")]
    internal static partial int empty_like(
        TensorHandle self, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_zeros_like")]
    internal static partial int zeros_like(
        TensorHandle self, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_ones_like")]
    internal static partial int ones_like(
        TensorHandle self, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_full_like")]
    internal static partial int full_like(
        TensorHandle self, NativeScalar value, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_rand_like")]
    internal static partial int rand_like(
        TensorHandle self, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_randn_like")]
    internal static partial int randn_like(
        TensorHandle self, int type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_normal_")]
    internal static partial int normal_(TensorHandle self, double mean, double std, GeneratorHandle generator);

    [LibraryImport(Library.Name, EntryPoint = "sae_uniform_")]
    internal static partial int uniform_(TensorHandle self, double from, double to, GeneratorHandle generator);

    [LibraryImport(Library.Name, EntryPoint = "sae_bernoulli")]
    internal static partial int bernoulli(TensorHandle self, GeneratorHandle generator, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_bernoulli_")]
    internal static partial int bernoulli_(TensorHandle self, double p, GeneratorHandle generator);

    [LibraryImport(Library.Name, EntryPoint = "sae_multinomial")]
    internal static partial int multinomial(
        TensorHandle self, long samples, [MarshalAs(UnmanagedType.U1)] bool replacement, GeneratorHandle generator, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_from_memory")]
    internal static partial int from_memory(
        nint data, long bytes, int sourceType, ReadOnlySpan<long> size, int dims, int type, int deviceType, int deviceIndex,
        [MarshalAs(UnmanagedType.U1)] bool requiresGrad, out nint result);
}
