using System.Diagnostics;
using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Worker.Benching;

/// <summary>
/// How fast all threads together read memory that is in no cache: the floor under a step of a model that does not fit one. The memory, the
/// pages and the threads are of the kind that a step uses. It stays allocated, so that reading it again takes a few milliseconds.
/// </summary>
internal sealed unsafe class ReadBandwidth : PoolWork, IDisposable
{
    // Many times what the caches of a processor hold.
    private const long Bytes = 512L << 20;
    private const int Parts = 512;

    private readonly HostArena memory = new();
    private readonly float* start;
    private readonly float[] sums = new float[Parts];

    public ReadBandwidth()
    {
        start = (float*)memory.Allocate(Bytes);
        new Span<byte>(start, (int)Bytes).Fill(1);
    }

    /// <summary>Reads the memory once, by the threads of the <see cref="WorkerPool"/>.</summary>
    /// <returns>Bytes a second.</returns>
    public double Read()
    {
        var begun = Stopwatch.GetTimestamp();
        WorkerPool.Run(this, Parts);
        return Bytes / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    public void Dispose() => memory.Dispose();

    // No prefetching: with instructions for it the same loop is a seventh slower.
    protected override void Part(int part)
    {
        const long count = Bytes / sizeof(float) / Parts;
        var from = start + part * count;
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
        for (long index = 0; index < count; index += 64)
        {
            a += Vector512.Load(from + index);
            b += Vector512.Load(from + index + 16);
            c += Vector512.Load(from + index + 32);
            d += Vector512.Load(from + index + 48);
        }
        sums[part] = Vector512.Sum(a + b + (c + d));
    }
}
