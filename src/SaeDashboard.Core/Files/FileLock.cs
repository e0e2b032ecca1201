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
    public static FileLock? TryAcquire(string path, TimeSpan patience = default)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                // FileShare.None is flock(LOCK_EX | LOCK_NB); every other mode asks for a shared lock, which this one refuses.
                var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
                // Between the opening and the locking somebody may have removed the file: a lock on a nameless file excludes nobody.
                if (File.Exists(path)) return new FileLock(path, stream);
                stream.Dispose();
            }
            catch (IOException error) when (IsSharingViolation(error))
            {
                if (Stopwatch.GetElapsedTime(since) >= patience) return null;
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>Whether anybody, this process included, holds the lock now. A file that is not there is not locked.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            // A shared lock: two who ask at once do not see each other.
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return false;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException error) when (IsSharingViolation(error))
        {
            return true;
        }
    }

    /// <summary>Gives the lock back and leaves the file.</summary>
    public void Dispose() => stream.Dispose();

    // EWOULDBLOCK (Linux 11, macOS 35) as .NET reports it, and Windows' ERROR_SHARING_VIOLATION.
    private static bool IsSharingViolation(IOException error) =>
        error.GetType() == typeof(IOException) && error.HResult is 11 or 35 or unchecked((int)0x80070020);
}
