using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp.Interop;

/// <summary>The C++ shim over libtorch: finding it, checking that it is the one this assembly was built for, raising its errors.</summary>
internal static unsafe partial class Library
{
    internal const string Name = "saetorch";

    /// <summary>SAE_ABI_VERSION of native/shim.h.</summary>
    private const int AbiVersion = 3;

    /// <summary>About a tenth of a millisecond: enough to meet a thread that is running.</summary>
    private const string SpinCount = "10000";

    private const string Advice =
        "Install it on Debian with 'apt-get install libtorch-dev libopenblas0-openmp cmake g++' and build again, " +
        "or build with LIBTORCH=/path to a libtorch folder of your own.";

    // A resolver must be in place before the first call into the library, whichever class makes it.
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);
#pragma warning restore CA2255

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Name) return 0;
        nint library;
        CalmOpenMp();
        try
        {
            library = NativeLibrary.Load(name, assembly, searchPath);
        }
        catch (Exception missing) when (missing is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException($"libtorch could not be loaded ({Reason(missing.Message)}). {Advice}", missing);
        }
        var version = NativeLibrary.TryGetExport(library, "sae_abi_version", out var export) ? ((delegate* unmanaged<int>)export)() : 0;
        if (version != AbiVersion)
            throw new DllNotFoundException($"libsaetorch.so has ABI version {version}, this program wants {AbiVersion}: build again.");
        return library;
    }

    /// <summary>
    /// OpenMP's threads wait for each other in a busy loop of milliseconds. Alone on a machine that is quick; beside other work (the
    /// site, a browser, a second job) the thread waited for is not running, and a step takes ten times as long. So they wait briefly,
    /// then sleep. It is read when libgomp is loaded, which is why .NET's own copy of the environment is not enough. What a person has
    /// set stays.
    /// </summary>
    private static void CalmOpenMp()
    {
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null) _ = setenv("GOMP_SPINCOUNT", SpinCount, overwrite: 0);
    }

    /// <summary>
    /// The loader lists every file it tried. What tells is the library that our own one could not find, or else that ours is not there.
    /// </summary>
    private static string Reason(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => line.Contains(".so", StringComparison.Ordinal)).ToArray();
        return lines.FirstOrDefault(line => !line.Contains(Name, StringComparison.Ordinal))
            ?? lines.FirstOrDefault(line => line.Contains($"lib{Name}.so", StringComparison.Ordinal))
            ?? message;
    }

    /// <summary>Throws libtorch's message when a call did not return 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Check(int status)
    {
        if (status != 0) Throw();
    }

    private static void Throw() => throw new ExternalException(Text(sae_last_error()));

    /// <summary>A message of libtorch may go on for lines about C++ frames: a person wants what stands before them.</summary>
    private static string Text(nint message)
    {
        var text = Marshal.PtrToStringUTF8(message) ?? "";
        var frames = text.IndexOf("\nException raised from", StringComparison.Ordinal);
        return (frames < 0 ? text : text[..frames]).TrimEnd();
    }

    internal static string CompiledVersion => Marshal.PtrToStringUTF8(sae_compiled_version()) ?? "";

    internal static string LoadedVersion => Marshal.PtrToStringUTF8(sae_loaded_version()) ?? "";

    internal static string Blas => Marshal.PtrToStringUTF8(sae_blas_name()) ?? "";

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport(Name)]
    private static partial nint sae_last_error();

    [LibraryImport(Name)]
    private static partial nint sae_compiled_version();

    [LibraryImport(Name)]
    private static partial nint sae_loaded_version();

    [LibraryImport(Name)]
    private static partial nint sae_blas_name();
}
