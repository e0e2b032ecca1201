namespace SaeDashboard.Core.Files;

/// <summary>A temporary file beside its target, until it is committed or disposed of.</summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string target;
    private readonly string directory;
    private readonly string temporary;
    private bool committed;

    private PendingFile(string target, string directory, string temporary, FileStream stream)
    {
        this.target = target;
        this.directory = directory;
        this.temporary = temporary;
        Stream = stream;
    }

    public FileStream Stream { get; }

    /// <param name="path">The target.</param>
    /// <param name="createFolder">Whether a folder that is missing is made; otherwise it is an error.</param>
    public static PendingFile Create(string path, bool createFolder = true)
    {
        var target = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(target) ?? throw new UserException($"{path} is a folder: give the name of a file.");
        if (Directory.Exists(target)) throw new UserException($"{path} is a folder: give the name of a file.");
        var name = Path.GetFileName(target);
        try
        {
            if (createFolder) Directory.CreateDirectory(directory);
            RemoveLeftovers(directory, name);
            while (true)
            {
                var temporary = Path.Combine(directory, $".{name}.{Guid.NewGuid():N}.tmp");
                // FileShare.Read is a shared flock: one that clears leftovers wants an exclusive one and so passes by a file in work.
                var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 1 << 16);
                if (File.Exists(temporary)) return new PendingFile(target, directory, temporary, stream);
                stream.Dispose(); // Taken for a leftover in the instant before it was locked.
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(path, error);
        }
    }

    public void Commit()
    {
        try
        {
            Stream.Flush(flushToDisk: true);
            // Renamed while still open, hence still locked against those who clear leftovers.
            File.Move(temporary, target, overwrite: true);
            committed = true;
            Posix.Flush(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(target, error);
        }
    }

    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException) when (!committed)
        {
            // The disk is full: what matters was already thrown, and the file goes.
        }
        if (!committed) File.Delete(temporary);
    }

    public static UserException CannotWrite(string path, Exception error) => new(DiskFault.Reason(error) is { } reason
        ? $"{path} cannot be written: {reason}. ({error.Message})"
        : $"{path} cannot be written: {error.Message} Check that the folder may be written to and that the disk has room.", error);

    private static void RemoveLeftovers(string directory, string name)
    {
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles(".*.tmp"))
        {
            if (file.Name.Length == name.Length + 38 && file.Name.StartsWith($".{name}.", StringComparison.Ordinal))
                RemoveUnlessInUse(file.FullName);
        }
    }

    private static void RemoveUnlessInUse(string path)
    {
        try
        {
            using var file = RegularFile.TryOpen(path);
            if (file is not null && Posix.TryLock(file, exclusive: true)) File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserException)
        {
            // Somebody is writing it, has just renamed it, or it is another user's: not ours to clear.
        }
    }
}
