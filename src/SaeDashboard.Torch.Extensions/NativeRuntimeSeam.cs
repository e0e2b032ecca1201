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
#else
    internal static string CompiledVersion => Library.CompiledVersion;

    internal static string Blas => Library.Blas;

    internal static void FlushDenormals() => Library.Check(NativeRuntime.set_flush_denormal(true));

    internal static void KeepFreedMemory() => Library.Check(NativeRuntime.keep_freed_memory());
#endif
}
