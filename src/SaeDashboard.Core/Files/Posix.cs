using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

/// <summary>
/// C library calls that .NET does not expose. On systems other than Unix they do nothing or return false.
/// </summary>
internal static partial class Posix
{
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int CurrentDirectory = -100;
    private const uint NoReplace = 1;
    private const uint ExchangeFlag = 2;

    /// <summary>Flushes a file or directory to the disk. Ignores file systems that do not support fsync.</summary>
    public static void Flush(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        var descriptor = Open(path, ReadOnlyCloseOnExec | NonBlocking);
        if (descriptor < 0) throw Failure($"{path} cannot be opened to flush it");
        try
        {
            const int invalid = 22, notSupported = 95;
            if (FSync(descriptor) != 0 && Marshal.GetLastPInvokeError() is not (invalid or notSupported))
                throw Failure($"{path} cannot be flushed to the disk");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Renames, failing if the target exists. False: the file system cannot do it in one step.</summary>
    public static bool TryRenameNew(string from, string to) => TryRename(from, to, NoReplace);

    /// <summary>Swaps two existing paths in one step. False: the file system cannot.</summary>
    public static bool TryExchange(string first, string second) => TryRename(first, second, ExchangeFlag);

    /// <summary>A new, empty file that exists only in memory.</summary>
    public static SafeFileHandle CreateMemoryFile(string name)
    {
        const uint closeOnExec = 1;
        if (!OperatingSystem.IsLinux()) throw new IOException("Files in memory exist on Linux only.");
        var handle = MemFdCreate(name, closeOnExec);
        if (!handle.IsInvalid) return handle;
        handle.Dispose();
        throw Failure($"A file in memory for {name} cannot be made");
    }

    private static bool TryRename(string from, string to, uint flags)
    {
        const int invalid = 22, noSuchCall = 38, notSupported = 95;
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            if (RenameAt2(CurrentDirectory, from, CurrentDirectory, to, flags) == 0) return true;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
        if (Marshal.GetLastPInvokeError() is invalid or noSuchCall or notSupported) return false;
        throw Failure($"{from} cannot be renamed to {to}");
    }

    private static IOException Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle MemFdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int fromDirectory, string from, int toDirectory, string to, uint flags);
}
