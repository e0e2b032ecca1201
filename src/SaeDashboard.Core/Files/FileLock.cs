using System.Diagnostics;

namespace SaeDashboard.Core.Files;

/// <summary>
/// An exclusive lock on a file, held while this object lives. On Unix it is the kernel's flock(2): it ends with the process however the
/// process ends, so neither a crash nor a reused process id leaves a lock behind. It keeps out other handles of the same process too.
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

    /// <summary>Takes the lock, creating the file when there is none; null when another holds it.</summary>
    /// <param name="path">The lock file. It stays where it is when the lock is given back.</param>
    /// <param name="patience">
    /// How long to go on trying. <see cref="IsHeld"/> holds a lock for the blink of its question, so one who must have the lock tries for a
    /// moment.
    /// </param>
    /// <exception cref="UserException">The file cannot be made or written, or is not a regular file.</exception>
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
            // Between the opening and the locking somebody may have removed the file: a lock on a nameless file excludes nobody.
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

    /// <summary>Whether anybody, this process included, holds the lock now. A file that is not there is not locked.</summary>
    /// <exception cref="UserException">It cannot be told: the file is unreadable, or not a regular file.</exception>
    public static bool IsHeld(string path)
    {
        using var probe = RegularFile.TryOpen(path);
        if (probe is null) return false;
        // A shared lock: two who ask at once do not see each other.
        if (!Posix.TryLock(probe, exclusive: false)) return true;
        Posix.Unlock(probe);
        return false;
    }

    /// <summary>Gives the lock back and leaves the file.</summary>
    public void Dispose()
    {
        if (!stream.SafeFileHandle.IsClosed) Posix.Unlock(stream.SafeFileHandle);
        stream.Dispose();
    }
}
