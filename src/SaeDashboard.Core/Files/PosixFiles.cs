using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Core.Files;

/// <summary>Opening without blocking, examining without opening, and locks, where .NET's own calls behave differently.</summary>
internal static partial class Posix
{
    // The same on x86-64 and arm64.
    private const int ReadWrite = 0x2, CreateFile = 0x40, NotATerminal = 0x100, NonBlocking = 0x800;
    private const int SetFlags = 4;

    private const int LinksFollowed = 0, EmptyPath = 0x1000;
    private const uint BasicStatistics = 0x7FF;
    private const int StatisticsBytes = 256;

    private const int Interrupted = 4, NotPermitted = 1, NoSuchFile = 2, AccessDenied = 13, NotAFolder = 20;

    /// <summary>The target of the path, links followed; null if there is none.</summary>
    /// <exception cref="IOException">The file cannot be examined.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static FileLook? Look(string path)
    {
        // The C library stops at a NUL and would find another file.
        if (path.Contains('\0', StringComparison.Ordinal)) return null;
        if (!OperatingSystem.IsLinux()) return LookElsewhere(path);
        Span<byte> statistics = stackalloc byte[StatisticsBytes];
        if (Statx(CurrentDirectory, path, LinksFollowed, BasicStatistics, statistics) == 0) return Read(statistics);
        var error = Marshal.GetLastPInvokeError();
        return error is NoSuchFile or NotAFolder ? null : throw Error(error);
    }

    /// <summary>Examines an open file.</summary>
    /// <exception cref="IOException">The file cannot be examined.</exception>
    public static FileLook Look(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux()) return LookElsewhere(path) ?? throw new FileNotFoundException(null, path);
        Span<byte> statistics = stackalloc byte[StatisticsBytes];
        var held = false;
        try
        {
            file.DangerousAddRef(ref held);
            if (Statx((int)file.DangerousGetHandle(), "", EmptyPath, BasicStatistics, statistics) == 0) return Read(statistics);
            throw Error(Marshal.GetLastPInvokeError());
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    /// <summary>Opens for reading without blocking; null if there is no such file.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static SafeFileHandle? OpenForReading(string path)
    {
        try
        {
            return OpenNow(path, ReadOnlyCloseOnExec | NotATerminal | NonBlocking);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Opens for reading and writing without blocking; created if it does not exist.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static SafeFileHandle OpenOrCreate(string path) => OpenNow(path, ReadOnlyCloseOnExec | ReadWrite | CreateFile | NotATerminal | NonBlocking);

    /// <summary>
    /// Takes a lock on an open file (flock(2)) that ends with it or with <see cref="Unlock"/>; false if a conflicting lock is held. File
    /// systems without locks are ignored.
    /// </summary>
    public static bool TryLock(SafeFileHandle file, bool exclusive)
    {
        const int shared = 1, alone = 2, withoutWaiting = 4, wouldWaitLinux = 11, wouldWaitMac = 35;
        while (FLock(file, (exclusive ? alone : shared) | withoutWaiting) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error is wouldWaitLinux or wouldWaitMac) return false;
            if (error != Interrupted) return true;
        }
        return true;
    }

    /// <summary>Releases the lock. Closing does so too, unless a process that is being started still holds the descriptor.</summary>
    public static void Unlock(SafeFileHandle file)
    {
        const int unlock = 8;
        _ = FLock(file, unlock);
    }

    /// <summary>The path with every link followed; null if it has no target.</summary>
    public static string? RealPath(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) return null;
        if (OperatingSystem.IsWindows()) return Path.Exists(path) ? path : null;
        var resolved = RealPath(path, 0);
        if (resolved == 0) return null;
        try
        {
            return Marshal.PtrToStringUTF8(resolved);
        }
        finally
        {
            Free(resolved);
        }
    }

    /// <summary>The current path of an open file, links resolved; null where the system does not provide it.</summary>
    public static string? PathOf(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return new FileInfo(FormattableString.Invariant($"/proc/self/fd/{file.DangerousGetHandle()}")).LinkTarget;
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    private static SafeFileHandle OpenNow(string path, int flags)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (flags & ReadWrite) == 0
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        const int everybody = 0x1B6; // 0666, less what umask takes away
        int descriptor;
        while ((descriptor = Open(path, flags, everybody)) < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) throw Error(error);
        }
        // Only opening must not block: reading may wait, for example for a file on tape.
        _ = FCntl(descriptor, SetFlags, 0);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static FileLook Read(ReadOnlySpan<byte> statistics)
    {
        var mode = BitConverter.ToUInt16(statistics[28..]);
        var kind = (mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.Pipe,
            0xC000 => FileKind.Socket,
            _ => FileKind.Device,
        };
        long seconds = BitConverter.ToInt64(statistics[112..]), nanoseconds = BitConverter.ToUInt32(statistics[120..]);
        // A damaged file system, or a deliberately made file, can have times outside the calendar.
        var modified = seconds is > -62_135_596_800 and < 253_402_300_800 ? DateTime.UnixEpoch.AddSeconds(seconds).AddTicks(nanoseconds / 100) : DateTime.UnixEpoch;
        var device = (ulong)BitConverter.ToUInt32(statistics[136..]) << 32 | BitConverter.ToUInt32(statistics[140..]);
        var identity = new UInt128(device, BitConverter.ToUInt64(statistics[32..]));
        return new FileLook(kind, (long)Math.Min(long.MaxValue, BitConverter.ToUInt64(statistics[40..])), modified, identity);
    }

    private static FileLook? LookElsewhere(string path)
    {
        if (Directory.Exists(path)) return new FileLook(FileKind.Folder, 0, Directory.GetLastWriteTimeUtc(path), 0);
        var file = new FileInfo(path);
        if (!file.Exists) return null;
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        return file.Exists ? new FileLook(FileKind.Regular, file.Length, file.LastWriteTimeUtc, 0) : null;
    }

    private static Exception Error(int error)
    {
        var message = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            NoSuchFile => new FileNotFoundException(message),
            NotAFolder => new DirectoryNotFoundException(message),
            NotPermitted or AccessDenied => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> statistics);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FCntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint RealPath(string path, nint resolved);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint memory);
}
