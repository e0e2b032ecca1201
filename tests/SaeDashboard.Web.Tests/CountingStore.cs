using SaeDashboard.Core;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Tests;

/// <summary>Counts what the site asks of storage and folders; on request it refuses writes as a full disk does.</summary>
internal sealed class CountingStore : IStoreAccess
{
    public const string Full = "The journal could not be written: the disk is full. Make room there and try again.";

    private int reads, writes, scans;

    public int Reads => reads;

    public int Writes => writes;

    public int Scans => scans;

    /// <summary>Everything that a render may not do.</summary>
    public int Calls => reads + writes + scans;

    public bool IsFull { get; set; }

    public T Read<T>(Func<T> work)
    {
        Interlocked.Increment(ref reads);
        return work();
    }

    public T Write<T>(Func<T> work)
    {
        Interlocked.Increment(ref writes);
        return IsFull ? throw new UserException(Full) : work();
    }

    public T Scan<T>(Func<T> work)
    {
        Interlocked.Increment(ref scans);
        return work();
    }
}
