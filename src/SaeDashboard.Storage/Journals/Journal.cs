using System.Buffers;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Storage.Journals;

/// <summary>
/// Every write, in order: files <c>00000001.jsonl</c>, <c>00000002.jsonl</c>, … of which the last one grows. What <see cref="Append"/> has
/// returned from is on the disk. Not safe for several threads: the writer's turn is.
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

    /// <summary>Tells this data folder from others.</summary>
    public string Site { get; }

    /// <summary>The number of the last write.</summary>
    public long LastSeq { get; private set; }

    /// <summary>Calls of fsync(2) so far.</summary>
    public long Syncs => file.Syncs;

    /// <summary>Appends whole lines and brings them to the disk. When that fails the file is cut off where it was before.</summary>
    /// <param name="lines">Lines, the last one's newline included.</param>
    /// <param name="lastSeq">The number of the last of them.</param>
    /// <exception cref="UserException">They are not on the disk, and nothing of them is in the journal.</exception>
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
                // Before the next write it is tried again: none follows lines that were refused.
            }
            throw StorageError.CannotWrite(Path, error);
        }
        length += lines.Length;
        LastSeq = lastSeq;
    }

    public void Dispose() => file.Dispose();

    /// <summary>Makes a file of the journal, whole or not at all.</summary>
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
