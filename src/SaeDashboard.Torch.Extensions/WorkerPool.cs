using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SaeDashboard.Torch.Extensions;

/// <summary>
/// The program's threads for short loops: one fewer than <see cref="TorchRuntime.Threads"/>, the caller being the last. A step of a model
/// is some hundred loops of a few microseconds, so a thread that has nothing to do looks for the next loop for a while
/// (<see cref="Patience"/>) before it sleeps. Which thread takes which part is left to chance: a part's result must not depend on it.
/// </summary>
public static class WorkerPool
{
    /// <summary>How long a thread looks for work before it sleeps.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMicroseconds(60);

    private const int MostThreads = 128;
    private const int Spins = 16;

    private static readonly Lock Gate = new();
    private static readonly Lock Growing = new();
    private static readonly object Bed = new();
    private static readonly PartRange[] Ranges = [.. Enumerable.Range(0, MostThreads).Select(_ => new PartRange())];
    private static readonly long PatienceTicks = (long)(Patience.TotalSeconds * Stopwatch.Frequency);
    private static PoolWork? current;
    private static int workers, ranges, sleepers;

    // The number of the loop (upper half), whether it is over (bit 31), and how many threads are in it.
    private static long state = Over;

    private const long Over = 1L << 31;
    private const long Inside = Over - 1;

    /// <summary>Does every part from 0 on, each once, and returns when all are done. A second thread that calls at the same time, or a
    /// part that calls again, does its parts alone.</summary>
    /// <param name="work">The loop; its parts must not throw.</param>
    /// <param name="parts">How many.</param>
    public static void Run(PoolWork work, int parts)
    {
        ArgumentNullException.ThrowIfNull(work);
        var threads = Math.Min(Math.Min(TorchRuntime.Threads, MostThreads), parts);
        if (threads < 2 || Gate.IsHeldByCurrentThread || !Gate.TryEnter())
        {
            for (var part = 0; part < parts; part++) work.Part(part);
            return;
        }
        try
        {
            if (workers < threads - 1) Grow(threads - 1);
            current = work;
            ranges = threads;
            for (var range = 0; range < threads; range++)
                Ranges[range].Reset((int)((long)parts * range / threads), (int)((long)parts * (range + 1) / threads));
            // Only this thread begins and ends loops, so the number is its own to raise; the barrier comes with it.
            Interlocked.Exchange(ref state, ((Volatile.Read(ref state) >> 32) + 1) << 32);
            if (Volatile.Read(ref sleepers) > 0)
            {
                lock (Bed) Monitor.PulseAll(Bed);
            }
            Take(work, 0, threads);
            // A thread that did not come in time is not waited for, only those that are inside.
            Interlocked.Or(ref state, Over);
            var wait = new SpinWait();
            for (var spin = 0; (Volatile.Read(ref state) & Inside) != 0; spin++)
            {
                if (spin < 2000) Thread.SpinWait(Spins);
                else wait.SpinOnce(sleep1Threshold: -1);
            }
            current = null;
        }
        finally
        {
            Gate.Exit();
        }
    }

    private static void Grow(int wanted)
    {
        lock (Growing)
        {
            for (; workers < wanted; workers++)
            {
                var place = workers + 1;
                new Thread(() => Serve(place)) { IsBackground = true, Name = $"rows {place}" }.Start();
            }
        }
    }

    private static void Serve(int place)
    {
        TorchRuntime.EnterThread();
        long seen = 0;
        while (true)
        {
            seen = NextAfter(seen);
            if (!Enter(seen)) continue;
            var threads = ranges;
            if (place < threads) Take(current!, place, threads);
            Interlocked.Decrement(ref state);
        }
    }

    /// <summary>The number of a loop that is not <paramref name="seen"/>: awaited, awake at first.</summary>
    private static long NextAfter(long seen)
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - begun < PatienceTicks)
        {
            for (var look = 0; look < Spins; look++)
            {
                if (Volatile.Read(ref state) >> 32 is var number && number != seen) return number;
                Thread.SpinWait(1);
            }
        }
        lock (Bed)
        {
            Interlocked.Increment(ref sleepers);
            long number;
            while ((number = Interlocked.Read(ref state) >> 32) == seen) Monitor.Wait(Bed);
            Interlocked.Decrement(ref sleepers);
            return number;
        }
    }

    /// <summary>Goes into the loop, unless it is over.</summary>
    private static bool Enter(long number)
    {
        var now = Volatile.Read(ref state);
        while (now >> 32 == number && (now & Over) == 0)
        {
            var before = Interlocked.CompareExchange(ref state, now + 1, now);
            if (before == now) return true;
            now = before;
        }
        return false;
    }

    /// <summary>A thread's own range first, which is contiguous in memory; then what is left of the others'.</summary>
    private static void Take(PoolWork work, int own, int threads)
    {
        for (var other = 0; other < threads; other++)
        {
            var range = Ranges[(own + other) % threads];
            while (range.TryTake(out var part)) work.Part(part);
        }
    }

    // Far enough from one another that two threads do not share a cache line (and its neighbour).
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Counter
    {
        [FieldOffset(128)]
        public int Next;

        [FieldOffset(132)]
        public int End;
    }

    private sealed class PartRange
    {
        private Counter counter;

        public void Reset(int first, int end) => (this.counter.Next, this.counter.End) = (first, end);

        public bool TryTake(out int part)
        {
            part = 0;
            if (Volatile.Read(ref this.counter.Next) >= this.counter.End) return false;
            part = Interlocked.Increment(ref this.counter.Next) - 1;
            return part < this.counter.End;
        }
    }
}
