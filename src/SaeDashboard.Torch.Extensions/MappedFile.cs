using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace SaeDashboard.Torch.Extensions;

/// <summary>
/// A file mapped into memory for reading. If the mapped file is truncated, this process ends without an exception: so only workers map, which
/// are started again, and never the site (a test holds Core and Web to it).
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private byte* start;

    private MappedFile(MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start)
    {
        this.map = map;
        this.view = view;
        this.start = start;
    }

    /// <summary>The first byte; valid until this object is disposed of.</summary>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(start is null, this);
            return (nint)start;
        }
    }

    /// <summary>Maps an open file, which stays its owner's.</summary>
    /// <param name="file">Open for reading, not empty.</param>
    /// <exception cref="IOException">The system cannot map it.</exception>
    public static MappedFile Of(SafeFileHandle file)
    {
        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new MappedFile(map, view, start + view.PointerOffset);
        }
        catch
        {
            view?.Dispose();
            map?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (start is null) return;
        start = null;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }
}
