using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Worker.Benching;

/// <summary>How fast all threads together read memory that is in no cache: the floor under a step of a model that does not fit one.</summary>
internal sealed unsafe class ReadBandwidth : PoolWork
{
    private const long Bytes = 1L << 30;
    private const int Parts = 1024;
    private const int Repeats = 20;

    private readonly float* start;
    private readonly float[] sums = new float[Parts];

    private ReadBandwidth(nint start) => this.start = (float*)start;

    /// <returns>Bytes a second, of the fastest repeat.</returns>
    public static double Measure()
    {
        using var memory = new HostArena();
        var work = new ReadBandwidth(memory.Allocate(Bytes));
        new Span<byte>(work.start, (int)(Bytes / 2)).Fill(1);
        new Span<byte>((byte*)work.start + Bytes / 2, (int)(Bytes / 2)).Fill(1);
        var fastest = double.PositiveInfinity;
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var begun = Stopwatch.GetTimestamp();
            WorkerPool.Run(work, Parts);
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }
        return Bytes / fastest;
    }

    protected override void Part(int part)
    {
        const long count = Bytes / sizeof(float) / Parts;
        var from = start + part * count;
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
        for (long index = 0; index < count; index += 64)
        {
            Prefetch(from + index);
            a += Vector512.Load(from + index);
            b += Vector512.Load(from + index + 16);
            c += Vector512.Load(from + index + 32);
            d += Vector512.Load(from + index + 48);
        }
        sums[part] = Vector512.Sum(a + b + (c + d));
    }

    /// <summary>Two kilobytes ahead, as the kernels do: without it a thread waits at the border of every page.</summary>
    private static void Prefetch(float* from)
    {
        if (!Sse.IsSupported) return;
        for (var line = 0; line < 4; line++) Sse.Prefetch0(from + 512 + 16 * line);
    }
}
