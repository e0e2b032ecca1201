using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Storage.Journals;

/// <summary>The file that the journal appends to. Tests put one in its place that fails.</summary>
internal class JournalFile(string path) : IDisposable
{
    // Others may read and copy it meanwhile.
    private readonly FileStream file = RegularFile.OpenOrCreate(path);

    private SafeFileHandle Handle => file.SafeFileHandle;

    /// <summary>Bytes of the file.</summary>
    public long Length => RandomAccess.GetLength(Handle);

    /// <summary>Calls of fsync(2) so far.</summary>
    public long Syncs { get; private set; }

    /// <summary>Writes all of the bytes at an offset.</summary>
    public virtual void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(Handle, bytes, offset);

    /// <summary>Brings what was written to the disk: fsync(2).</summary>
    public virtual void Sync()
    {
        RandomAccess.FlushToDisk(Handle);
        Syncs++;
    }

    /// <summary>Cuts the file off at a length.</summary>
    public virtual void Truncate(long length) => RandomAccess.SetLength(Handle, length);

    public void Dispose()
    {
        file.Dispose();
        GC.SuppressFinalize(this);
    }
}
