#if !TORCHSHARP_PACKAGE
using TorchSharp.Interop;
#endif

namespace SaeDashboard.Torch.Extensions;

/// <summary>What only the own shim can say; TorchSharp's public members have no word for it.</summary>
internal static class NativeRuntimeSeam
{
#if TORCHSHARP_PACKAGE
    internal static string CompiledVersion => "unavailable";

    internal static string Blas => "unavailable";

    internal static void FlushDenormals() { }

    internal static void KeepFreedMemory() { }

    internal static void ReturnFreedMemory() { }

    internal static unsafe nint Address(TorchSharp.torch.Tensor tensor) =>
        (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(tensor.bytes));
#else
    internal static string CompiledVersion => Library.CompiledVersion;

    internal static string Blas => Library.Blas;

    internal static void FlushDenormals() => Library.Check(NativeRuntime.set_flush_denormal(true));

    internal static void KeepFreedMemory() => Library.Check(NativeRuntime.keep_freed_memory());

    internal static void ReturnFreedMemory() => Library.Check(NativeRuntime.return_freed_memory());

    internal static nint Address(TorchSharp.torch.Tensor tensor) => tensor.DataPointer;
#endif
}
