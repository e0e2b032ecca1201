using TorchSharp;

namespace SaeDashboard.Torch.Extensions;

/// <summary>Brings libtorch up with the thread count of the program, and says which libtorch and which BLAS compute.</summary>
public static class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static int threads;

    /// <summary>
    /// Loads libtorch and sets how many threads work on one operation: libtorch's, OpenMP's and the BLAS' counts, on every
    /// thread that computes. Numbers too small for float32's normal range are rounded to zero from then on: computing with
    /// them is a hundred times slower. Freed memory stays with the process. May be called again with another count.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// libtorch is missing, or another one is loaded than the shim was compiled against; the message says what to do.
    /// </exception>
    public static void Initialize(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        lock (Gate)
        {
            try
            {
                RequireOneVersion(CompiledVersion, LoadedVersion);
                torch.set_num_threads(threads);
                NativeRuntimeSeam.FlushDenormals();
                NativeRuntimeSeam.KeepFreedMemory();
            }
            catch (Exception missing) when (Unloadable(missing) is { } reason)
            {
                throw new InvalidOperationException(reason, missing);
            }
            TorchRuntime.threads = threads;
        }
    }

    /// <summary>Gives memory that was freed and kept back to the system: after work that needed far more than what follows.</summary>
    public static void ReturnFreedMemory() => NativeRuntimeSeam.ReturnFreedMemory();

    /// <summary>How many threads work on one operation; 0 before <see cref="Initialize"/>.</summary>
    public static int Threads => threads;

    /// <summary>The libtorch that the shim was compiled against, or "unavailable" with the TorchSharp package.</summary>
    public static string CompiledVersion => NativeRuntimeSeam.CompiledVersion;

    /// <summary>The libtorch that is loaded.</summary>
    public static string LoadedVersion => torch.__version__;

    /// <summary>The library that multiplies matrices, with its kind of threads, or "unavailable" with the TorchSharp package.</summary>
    public static string Blas => NativeRuntimeSeam.Blas;

    /// <summary>libtorch keeps its C++ interface within a minor version only.</summary>
    internal static void RequireOneVersion(string compiled, string loaded)
    {
        if (!Version.TryParse(Numbers(compiled), out var ours) || !Version.TryParse(Numbers(loaded), out var theirs)) return;
        if (ours.Major != theirs.Major || ours.Minor != theirs.Minor)
            throw new InvalidOperationException(
                $"The shim was compiled against libtorch {compiled}, but libtorch {loaded} is loaded: " +
                "build again with the one that is to be used (LIBTORCH=/path).");
    }

    // "2.11.0+cu130" and "1.13.0a0" carry more than numbers.
    private static string Numbers(string version) => string.Concat(version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).TrimEnd('.');

    // A library that cannot be loaded may surface from inside a type initialiser.
    private static string? Unloadable(Exception? error) => error switch
    {
        null => null,
        DllNotFoundException or EntryPointNotFoundException or BadImageFormatException => error.Message,
        _ => Unloadable(error.InnerException),
    };
}
