using System.Runtime.InteropServices;
using TorchSharp;

namespace SaeDashboard.Torch.Extensions;

/// <summary>Starts libtorch with the thread count of the program, and says which libtorch and which BLAS compute.</summary>
public static unsafe partial class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static int threads;

    /// <summary>
    /// Loads libtorch, unless it is loaded already, and sets how many threads work on one operation. Call it before anything else of
    /// TorchSharp's. Freed memory stays with the process. May be called again with another count.
    /// </summary>
    /// <param name="threads">Threads that work on one operation, the caller's among them.</param>
    /// <param name="libtorch">A folder with another libtorch's libraries; null or empty: the one built with. The environment variable
    /// SAE_LIBTORCH goes before both.</param>
    /// <exception cref="InvalidOperationException">libtorch is missing, does not load, or is another version than TorchSharp's native part
    /// was compiled against; the message says what to do.</exception>
    public static void Initialize(int threads, string? libtorch = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        lock (Gate)
        {
            TorchLibraries.Load(libtorch);
            KeepFreedMemory();
            TorchRuntime.threads = threads;
            EnterThread();
        }
    }

    /// <summary>
    /// Gives the calling thread the program's thread count, and rounds numbers too small for float32's normal range to zero on it from now
    /// on: computing with them is a hundred times slower. Both belong to a thread, so each thread that computes calls this first.
    /// </summary>
    public static void EnterThread()
    {
        if (threads > 0) torch.set_num_threads(threads);
        FlushDenormals();
    }

    /// <summary>Gives memory that was freed and kept back to the system: after work that needed far more than what follows.</summary>
    public static void ReturnFreedMemory() => _ = malloc_trim(0);

    /// <summary>How many threads work on one operation; 0 before <see cref="Initialize"/>.</summary>
    public static int Threads => threads;

    /// <summary>The libtorch that TorchSharp's native part was compiled against.</summary>
    public static string CompiledVersion => TorchLibraries.CompiledVersion;

    /// <summary>The libtorch that is loaded.</summary>
    public static string LoadedVersion => TorchLibraries.LoadedVersion;

    /// <summary>Both versions in words, with the folder and a warning where they differ.</summary>
    public static string Description => LoadedVersion == CompiledVersion
        ? $"libtorch {LoadedVersion}"
        : $"libtorch {LoadedVersion} from {Folder}, which differs from {CompiledVersion}, the version that TorchSharp was compiled against";

    /// <summary>The folder that libtorch was loaded from.</summary>
    public static string Folder => TorchLibraries.Folder;

    /// <summary>The library that multiplies matrices.</summary>
    public static string Blas => TorchLibraries.Blas;

    // glibc hands large blocks back to the kernel as soon as they are freed, and every new one is then cleared page by page: a fifth of the
    // time of a pass over long sequences. Blocks up to 32 MiB (the most mallopt takes) stay with the process.
    private static void KeepFreedMemory()
    {
        const int trimThreshold = -1, topPad = -2, mmapThreshold = -3;
        _ = mallopt(mmapThreshold, 32 << 20);
        _ = mallopt(trimThreshold, 1 << 30);
        _ = mallopt(topPad, 64 << 20);
    }

    // MXCSR's flush-to-zero (bit 15) and denormals-are-zero (bit 6) stand at byte 28 of glibc's fenv_t for x86-64 (bits/fenv.h). TorchSharp has
    // no call for it.
    private static void FlushDenormals()
    {
        var environment = stackalloc uint[8];
        _ = fegetenv(environment);
        environment[7] |= 1 << 15 | 1 << 6;
        _ = fesetenv(environment);
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libm.so.6")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fegetenv(uint* environment);

    [LibraryImport("libm.so.6")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fesetenv(uint* environment);
}
