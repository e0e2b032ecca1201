using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Worker.Bench;

/// <summary>
/// How fast all threads together read memory that is in no cache: the floor under a step of a model that does not fit one. The memory, the
/// pages and the threads are of the kind that a step uses. It stays allocated, so that reading it again takes a few milliseconds.
/// </summary>
internal sealed unsafe class ReadBandwidth : PoolWork, IDisposable
{
    // Many times what the caches of a processor hold.
    private const long Bytes = 512L << 20;
    private const int Parts = 512;

    // Ahead of what is being read, past the border of a page, where the processor's own prefetching may end.
    private const int Ahead = 4096;

    private readonly HostArena memory = new();
    private readonly float* start;
    private readonly float[] sums = new float[Parts];
    private int firstPart;
    private bool prefetches;

    public ReadBandwidth()
    {
        start = (float*)memory.Allocate(Bytes);
        new Span<byte>(start, (int)Bytes).Fill(1);
    }

    /// <summary>Reads the memory once, by the threads of the <see cref="WorkerPool"/>: one half with instructions that prefetch and one without.
    /// Which is faster depends on how busy the memory is (60 against 52 GB/s on one day, 30 against 37 on another), and a floor is what the
    /// better one gives.</summary>
    /// <returns>Bytes a second.</returns>
    public double Read() => Math.Max(Half(0, false), Half(Parts / 2, true));

    public void Dispose() => memory.Dispose();

    protected override void Part(int part)
    {
        const long count = Bytes / sizeof(float) / Parts;
        var from = start + (firstPart + part) * count;
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
        for (long index = 0; index < count; index += 64)
        {
            if (prefetches) Prefetch((byte*)(from + index));
            a += Vector512.Load(from + index);
            b += Vector512.Load(from + index + 16);
            c += Vector512.Load(from + index + 32);
            d += Vector512.Load(from + index + 48);
        }
        sums[firstPart + part] = Vector512.Sum(a + b + (c + d));
    }

    private static void Prefetch(byte* from)
    {
        if (!Sse.IsSupported) return;
        for (var line = 0; line < 4; line++) Sse.Prefetch1(from + Ahead + 64 * line);
    }

    private double Half(int first, bool isPrefetching)
    {
        (firstPart, prefetches) = (first, isPrefetching);
        var begun = Stopwatch.GetTimestamp();
        WorkerPool.Run(this, Parts / 2);
        return Bytes / 2 / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }
}
