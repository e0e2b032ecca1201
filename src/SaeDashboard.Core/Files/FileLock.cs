using System.Diagnostics;

namespace SaeDashboard.Core.Files;

/// <summary>
/// An exclusive lock on a file, held while this object lives. On Unix it is the kernel's flock(2), which ends with the process even in a
/// crash and does not depend on process ids. It also excludes other handles of the same process.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream stream;

    private FileLock(string path, FileStream stream)
    {
        Path = path;
        this.stream = stream;
    }

    public string Path { get; }

    /// <summary>Takes the lock, creating the file if needed; null if it is held elsewhere.</summary>
    /// <param name="path">The lock file. It is kept when the lock is released.</param>
    /// <param name="patience">
    /// How long to retry. <see cref="IsHeld"/> takes the lock briefly while it probes, so callers that need the lock should retry.
    /// </param>
    /// <exception cref="UserException">The file cannot be created or written, or is not a regular file.</exception>
    public static FileLock? TryAcquire(string path, TimeSpan patience = default)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var stream = RegularFile.OpenOrCreate(path);
            if (!Posix.TryLock(stream.SafeFileHandle, exclusive: true))
            {
                stream.Dispose();
                if (Stopwatch.GetElapsedTime(begun) >= patience) return null;
                Thread.Sleep(20);
            }
            // The file may have been removed between opening and locking: a lock on a deleted file excludes no one.
            else if (FileLook.At(path)?.Identity == Posix.Look(stream.SafeFileHandle, path).Identity)
            {
                return new FileLock(path, stream);
            }
            else
            {
                stream.Dispose();
            }
        }
    }

    /// <summary>Whether any process, including this one, holds the lock now. A missing file is not locked.</summary>
    /// <exception cref="UserException">The file is unreadable or not a regular file.</exception>
    public static bool IsHeld(string path)
    {
        using var probe = RegularFile.TryOpen(path);
        if (probe is null) return false;
        // A shared lock: two concurrent probes do not see each other.
        if (!Posix.TryLock(probe, exclusive: false)) return true;
        Posix.Unlock(probe);
        return false;
    }

    /// <summary>Releases the lock and keeps the file.</summary>
    public void Dispose()
    {
        if (!stream.SafeFileHandle.IsClosed) Posix.Unlock(stream.SafeFileHandle);
        stream.Dispose();
    }
}
