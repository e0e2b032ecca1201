using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Storage.Journals;

/// <summary>
/// Every write, in order: files <c>00000001.jsonl</c>, <c>00000002.jsonl</c>, … of which the last one grows. When <see cref="Append"/>
/// returns, the lines are on the disk. Not thread-safe: the writer serialises calls.
/// </summary>
internal sealed class Journal : IDisposable
{
    private readonly JournalFile file;
    private long length;
    private bool torn;

    public Journal(string path, string site, long lastSeq, JournalFile file)
    {
        Path = path;
        Site = site;
        LastSeq = lastSeq;
        this.file = file;
        length = file.Length;
    }

    /// <summary>The file that grows.</summary>
    public string Path { get; }

    /// <summary>Identifies this data folder.</summary>
    public string Site { get; }

    /// <summary>The number of the last write.</summary>
    public long LastSeq { get; private set; }

    /// <summary>Calls of fsync(2) so far.</summary>
    public long Syncs => file.Syncs;

    /// <summary>Appends whole lines and flushes them to the disk. On failure the file is truncated to its earlier length.</summary>
    /// <param name="lines">Lines, the last one's newline included.</param>
    /// <param name="lastSeq">The number of the last of them.</param>
    /// <exception cref="UserException">The lines could not be written, and none of them is in the journal.</exception>
    public void Append(ReadOnlySpan<byte> lines, long lastSeq)
    {
        try
        {
            if (torn) CutOff();
            file.Write(lines, length);
            file.Sync();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            torn = true;
            try
            {
                CutOff();
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                // Retried before the next write: no line may follow rejected ones.
            }
            throw StorageError.CannotWrite(Path, error);
        }
        length += lines.Length;
        LastSeq = lastSeq;
    }

    public void Dispose() => file.Dispose();

    /// <summary>Creates a file of the journal atomically.</summary>
    public static void Create(string path, JournalHeader header, ReadOnlySpan<byte> lines = default)
    {
        var content = new ArrayBufferWriter<byte>();
        header.Write(content);
        content.Write(lines);
        AtomicFile.WriteAllBytes(path, content.WrittenSpan);
    }

    private void CutOff()
    {
        file.Truncate(length);
        file.Sync();
        torn = false;
    }
}

/// <summary>The file that the journal appends to. Tests replace it by one that fails.</summary>
internal class JournalFile(string path) : IDisposable
{
    // Other processes may read and copy it meanwhile.
    private readonly FileStream file = RegularFile.OpenOrCreate(path);

    private SafeFileHandle Handle => file.SafeFileHandle;

    /// <summary>Bytes of the file.</summary>
    public long Length => RandomAccess.GetLength(Handle);

    /// <summary>Calls of fsync(2) so far.</summary>
    public long Syncs { get; private set; }

    /// <summary>Writes all of the bytes at an offset.</summary>
    public virtual void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(Handle, bytes, offset);

    /// <summary>Flushes to the disk with fsync(2).</summary>
    public virtual void Sync()
    {
        RandomAccess.FlushToDisk(Handle);
        Syncs++;
    }

    /// <summary>Truncates the file to a length.</summary>
    public virtual void Truncate(long length) => RandomAccess.SetLength(Handle, length);

    public void Dispose()
    {
        file.Dispose();
        GC.SuppressFinalize(this);
    }
}
