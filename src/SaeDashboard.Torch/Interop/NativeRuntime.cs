using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/runtime.cpp: versions, threads, seeds, devices. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeRuntime
{
    [LibraryImport(Library.Name, EntryPoint = "sae_set_num_threads")]
    internal static partial int set_num_threads(int count);

    [LibraryImport(Library.Name, EntryPoint = "sae_get_num_threads")]
    internal static partial int get_num_threads(out int count);

    [LibraryImport(Library.Name, EntryPoint = "sae_set_num_interop_threads")]
    internal static partial int set_num_interop_threads(int count);

    [LibraryImport(Library.Name, EntryPoint = "sae_get_num_interop_threads")]
    internal static partial int get_num_interop_threads(out int count);

    [LibraryImport(Library.Name, EntryPoint = "sae_set_flush_denormal")]
    internal static partial int set_flush_denormal([MarshalAs(UnmanagedType.U1)] bool flush);

    [LibraryImport(Library.Name, EntryPoint = "sae_keep_freed_memory")]
    internal static partial int keep_freed_memory();

    [LibraryImport(Library.Name, EntryPoint = "sae_return_freed_memory")]
    internal static partial int return_freed_memory();

    [LibraryImport(Library.Name, EntryPoint = "sae_cuda_device_count")]
    internal static partial int cuda_device_count(out int count);

    [LibraryImport(Library.Name, EntryPoint = "sae_cuda_cudnn_is_available")]
    internal static partial int cuda_cudnn_is_available([MarshalAs(UnmanagedType.U1)] out bool available);

    [LibraryImport(Library.Name, EntryPoint = "sae_cuda_manual_seed")]
    internal static partial int cuda_manual_seed(ulong seed);

    [LibraryImport(Library.Name, EntryPoint = "sae_cuda_manual_seed_all")]
    internal static partial int cuda_manual_seed_all(ulong seed);

    [LibraryImport(Library.Name, EntryPoint = "sae_cuda_synchronize")]
    internal static partial int cuda_synchronize(long device);

    [LibraryImport(Library.Name, EntryPoint = "sae_set_allow_tf32_cublas")]
    internal static partial int set_allow_tf32_cublas([MarshalAs(UnmanagedType.U1)] bool allow);

    [LibraryImport(Library.Name, EntryPoint = "sae_get_allow_tf32_cublas")]
    internal static partial int get_allow_tf32_cublas([MarshalAs(UnmanagedType.U1)] out bool allow);

    [LibraryImport(Library.Name, EntryPoint = "sae_set_allow_tf32_cudnn")]
    internal static partial int set_allow_tf32_cudnn([MarshalAs(UnmanagedType.U1)] bool allow);

    [LibraryImport(Library.Name, EntryPoint = "sae_get_allow_tf32_cudnn")]
    internal static partial int get_allow_tf32_cudnn([MarshalAs(UnmanagedType.U1)] out bool allow);

    [LibraryImport(Library.Name, EntryPoint = "sae_manual_seed")]
    internal static partial int manual_seed(ulong seed);

    [LibraryImport(Library.Name, EntryPoint = "sae_generator_default")]
    internal static partial int generator_default(int deviceType, int deviceIndex, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_generator_new")]
    internal static partial int generator_new(int deviceType, int deviceIndex, ulong seed, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_generator_set_seed")]
    internal static partial int generator_set_seed(GeneratorHandle generator, ulong seed);

    [LibraryImport(Library.Name, EntryPoint = "sae_generator_get_seed")]
    internal static partial int generator_get_seed(GeneratorHandle generator, out ulong seed);

    [LibraryImport(Library.Name, EntryPoint = "sae_generator_new_seed")]
    internal static partial int generator_new_seed(GeneratorHandle generator, out ulong seed);

    [LibraryImport(Library.Name, EntryPoint = "sae_generator_get_state")]
    internal static partial int generator_get_state(GeneratorHandle generator, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_generator_set_state")]
    internal static partial int generator_set_state(GeneratorHandle generator, TensorHandle state);
}
