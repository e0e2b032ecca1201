namespace SaeDashboard.Core.Files;

/// <summary>
/// A folder that appears whole or not at all: files are written under <see cref="WorkPath"/>, a hidden sibling, and <see cref="Commit"/>
/// flushes them and renames it. The next <see cref="Create"/> for the same path removes what killed processes
/// left; a work folder in use is recognised by its lock and left alone.
/// </summary>
public sealed class AtomicFolder : IDisposable
{
    private const string LockSuffix = ".lock";
    private const string OldSuffix = "-old";

    private readonly string finalPath;
    private readonly bool replace;
    private readonly FileLock workLock;
    private bool finished;

    private AtomicFolder(string finalPath, string workPath, bool replace, FileLock workLock)
    {
        this.finalPath = finalPath;
        this.replace = replace;
        this.workLock = workLock;
        WorkPath = workPath;
    }

    /// <summary>The folder to write into, empty at first, on the file system of the final one.</summary>
    public string WorkPath { get; }

    /// <summary>Begins a folder. With <paramref name="replace"/> the commit replaces an existing one.</summary>
    /// <exception cref="UserException">The final folder exists and is not to be replaced, or its parent cannot be written to.</exception>
    public static AtomicFolder Create(string finalPath, bool replace = false)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(finalPath));
        var parent = Path.GetDirectoryName(target) ?? throw new UserException($"{finalPath} is the root folder: give a folder below it.");
        var prefix = $".{Path.GetFileName(target)}.work-";
        try
        {
            Directory.CreateDirectory(parent);
            RemoveLeftovers(parent, prefix, target);
            Refuse(target, replace);
            while (true)
            {
                var work = Path.Combine(parent, prefix + Guid.NewGuid().ToString("N"));
                // The lock is taken before the folder is created, so a work folder with a free lock is a leftover.
                if (FileLock.TryAcquire(work + LockSuffix) is not { } workLock) continue;
                Directory.CreateDirectory(work);
                return new AtomicFolder(target, work, replace, workLock);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.CannotWrite(finalPath, error);
        }
    }

    /// <summary>Flushes every file and directory, then gives the folder its name in one step.</summary>
    /// <exception cref="UserException">The final folder was created meanwhile and is not to be replaced, or it cannot be written.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(finished, this);
        try
        {
            FlushTree(WorkPath);
            Refuse(finalPath, replace);
            if (Path.Exists(finalPath)) Replace();
            else if (!Posix.TryRenameNew(WorkPath, finalPath)) Directory.Move(WorkPath, finalPath);
            Posix.Flush(Path.GetDirectoryName(finalPath)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.CannotWrite(finalPath, error);
        }
        Finish();
    }

    /// <summary>Deletes the work folder unless it was committed.</summary>
    public void Dispose()
    {
        if (finished) return;
        if (Directory.Exists(WorkPath)) Directory.Delete(WorkPath, recursive: true);
        Finish();
    }

    private void Finish()
    {
        finished = true;
        File.Delete(workLock.Path);
        workLock.Dispose();
    }

    private void Replace()
    {
        if (!Posix.TryExchange(WorkPath, finalPath))
        {
            var old = WorkPath + OldSuffix;
            Directory.Move(finalPath, old);
            Directory.Move(WorkPath, finalPath);
            Directory.Move(old, WorkPath);
        }
        // The work path now names the old folder. Processes that have its files open or mapped keep them.
        Directory.Delete(WorkPath, recursive: true);
    }

    private static void Refuse(string target, bool replace)
    {
        if (File.Exists(target)) throw new UserException($"{target} is a file: give the name of a folder that is to be made.");
        if (!replace && Directory.Exists(target)) throw new UserException($"{target} exists already: remove it or give another name.");
    }

    private static void FlushTree(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) Posix.Flush(file);
        foreach (var inner in Directory.EnumerateDirectories(folder)) FlushTree(inner);
        Posix.Flush(folder);
    }

    private static void RemoveLeftovers(string parent, string prefix, string target)
    {
        var length = parent.TrimEnd('/').Length + 1 + prefix.Length + 32;
        var leftovers = Directory.EnumerateFileSystemEntries(parent, prefix + "*").Where(entry => entry.Length >= length).Select(entry => entry[..length]).Distinct().ToList();
        foreach (var work in leftovers)
        {
            try
            {
                RemoveLeftover(work, target);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserException)
            {
                // Another user's, or not a leftover of this program: left alone.
            }
        }
    }

    private static void RemoveLeftover(string work, string target)
    {
        using var workLock = FileLock.TryAcquire(work + LockSuffix);
        if (workLock is null) return;
        var old = work + OldSuffix;
        // Stopped between the two renames of a replacement: the old folder is restored.
        if (Directory.Exists(old) && !Path.Exists(target)) Directory.Move(old, target);
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        File.Delete(work + LockSuffix);
    }
}

/// <summary>Creates folders that survive a power cut: the entry in the parent folder is flushed as well.</summary>
public static class DurableFolder
{
    /// <summary>Creates the folder if it does not exist, and flushes its parent.</summary>
    /// <exception cref="IOException">The folder cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be created.</exception>
    public static void Create(string path)
    {
        if (Directory.Exists(path)) return;
        Directory.CreateDirectory(path);
        Posix.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
