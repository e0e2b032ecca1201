using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Torch.Tests;

public class WorkerPoolTests
{
    [Fact]
    public void Every_part_is_done_once_with_several_callers_at_the_same_time()
    {
        TorchRuntime.Initialize(TorchRuntime.Threads > 1 ? TorchRuntime.Threads : 2);
        var callers = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var loop = 0; loop < 2000; loop++)
            {
                var work = new Counting(1 + loop % 37);
                WorkerPool.Run(work, work.Counts.Length);
                if (work.Counts.Any(count => count != 1)) Interlocked.Increment(ref wrong);
                // Long enough, now and then, for the threads to go to sleep.
                if (loop % 500 == 0) Thread.Sleep(2);
            }
        })).ToArray();
        foreach (var caller in callers) caller.Start();
        foreach (var caller in callers) caller.Join();
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void A_part_that_runs_a_loop_of_its_own_does_not_wait_for_itself()
    {
        var inner = new Counting(5);
        WorkerPool.Run(new Nested(inner), 1);
        Assert.All(inner.Counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Memory_of_an_arena_is_aligned_and_does_not_overlap()
    {
        using var arena = new HostArena();
        var places = new[] { 1L, 100, 64, 3 << 20, 70L << 20, 5 }.Select(bytes => (Start: arena.Allocate(bytes), bytes)).OrderBy(place => place.Start).ToArray();
        Assert.All(places, place => Assert.Equal(0, place.Start % 64));
        for (var index = 1; index < places.Length; index++) Assert.True(places[index - 1].Start + places[index - 1].bytes <= places[index].Start);
        Assert.Equal(1 + 100 + 64 + (3L << 20) + (70L << 20) + 5, arena.Bytes);
    }

    private int wrong;

    private sealed class Counting(int parts) : PoolWork
    {
        public int[] Counts { get; } = new int[parts];

        protected internal override void Part(int part) => Interlocked.Increment(ref Counts[part]);
    }

    private sealed class Nested(Counting inner) : PoolWork
    {
        protected internal override void Part(int part) => WorkerPool.Run(inner, inner.Counts.Length);
    }
}
