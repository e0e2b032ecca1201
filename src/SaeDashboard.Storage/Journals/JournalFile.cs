using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Storage.Journals;

/// <summary>The file that the journal appends to. Tests put one in its place that fails.</summary>
internal class JournalFile(string path) : IDisposable
{
    // Others may read and copy it meanwhile.
    private readonly SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);

    /// <summary>Bytes of the file.</summary>
    public long Length => RandomAccess.GetLength(handle);

    /// <summary>Calls of fsync(2) so far.</summary>
    public long Syncs { get; private set; }

    /// <summary>Writes all of the bytes at an offset.</summary>
    public virtual void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

    /// <summary>Brings what was written to the disk: fsync(2).</summary>
    public virtual void Sync()
    {
        RandomAccess.FlushToDisk(handle);
        Syncs++;
    }

    /// <summary>Cuts the file off at a length.</summary>
    public virtual void Truncate(long length) => RandomAccess.SetLength(handle, length);

    public void Dispose()
    {
        handle.Dispose();
        GC.SuppressFinalize(this);
    }
}
