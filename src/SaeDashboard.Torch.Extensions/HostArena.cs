using System.Runtime.InteropServices;

namespace SaeDashboard.Torch.Extensions;

/// <summary>
/// Memory for numbers that are read from end to end again and again, such as a model's weights: in slabs, on huge pages where the kernel
/// has them to give (a step of a large model otherwise looks up a page for every 4 KiB). All of it is freed together. Not for several
/// threads at once.
/// </summary>
public sealed unsafe partial class HostArena : IDisposable
{
    private const long HugePage = 2 << 20;
    private const long Alignment = 64;
    private const int AdviceHugePages = 14;

    // Above what malloc would keep for itself: freed slabs go back to the kernel.
    private const long SlabBytes = 64 << 20;

    private readonly List<nint> slabs = [];
    private nint next, end;

    /// <summary>Bytes handed out.</summary>
    public long Bytes { get; private set; }

    /// <summary>Memory of this many bytes, on a border of 64, not cleared. It lives as long as the arena.</summary>
    public nint Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        var wanted = checked((bytes + Alignment - 1) / Alignment * Alignment);
        if (end - next < wanted) AddSlab(Math.Max(SlabBytes, (wanted + HugePage - 1) / HugePage * HugePage));
        var address = next;
        next += (nint)wanted;
        Bytes += bytes;
        return address;
    }

    /// <summary>Asks the kernel for huge pages for memory that is not yet written to: for the whole ones in it. Only advice: where it is not
    /// taken, everything works as before.</summary>
    private static void AdviseHugePages(nint address, long bytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        var first = (address + HugePage - 1) / HugePage * HugePage;
        var end = (address + bytes) / HugePage * HugePage;
        if (end > first) _ = Advise((nint)first, (nuint)(end - first), AdviceHugePages);
    }

    /// <summary>Frees every slab.</summary>
    public void Dispose()
    {
        foreach (var slab in slabs) NativeMemory.AlignedFree((void*)slab);
        slabs.Clear();
        (next, end) = (0, 0);
    }

    private void AddSlab(long bytes)
    {
        next = (nint)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)HugePage);
        end = next + (nint)bytes;
        slabs.Add(next);
        AdviseHugePages(next, bytes);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nuint length, int advice);
}
