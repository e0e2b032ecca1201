using System.Runtime.ExceptionServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Threads that share the blocks of one loop at a time, including the calling thread. While a team exists, libtorch computes on one thread
/// per worker: a block's matrix product stays in that core's cache, and OpenMP's threads do not spin next to ours. Blocks are fixed, so
/// results do not depend on the number of workers. To be used by the thread that created it.
/// </summary>
internal sealed class WorkerTeam : IDisposable
{
    private readonly Thread[] threads;
    private readonly SemaphoreSlim start = new(0);
    private readonly CountdownEvent finished = new(1);
    private readonly int callersTorchThreads = get_num_threads();
    private Action<int, int>? work;
    private ExceptionDispatchInfo? failure;
    private int blocks;
    private int nextBlock;
    private volatile bool stopping;

    /// <param name="size">Workers; 0: the program's number of libtorch threads, or one per core if it has set none.</param>
    public WorkerTeam(int size)
    {
        Size = size > 0 ? size : TorchRuntime.Threads > 0 ? TorchRuntime.Threads : Environment.ProcessorCount;
        threads = new Thread[Size - 1];
        finished.Reset(threads.Length);
        for (var i = 0; i < threads.Length; i++)
        {
            var worker = i + 1;
            threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"training {worker}" };
            threads[i].Start();
        }
        // libtorch has one thread count for the process: wait, so that no worker sets it after the caller does.
        finished.Wait();
        set_num_threads(1);
    }

    public int Size { get; }

    /// <summary>Calls <paramref name="blockWork"/>(worker, block) once for every block and returns when all are done.</summary>
    public void Run(int blockCount, Action<int, int> blockWork)
    {
        (work, blocks, nextBlock, failure) = (blockWork, blockCount, 0, null);
        var helpers = Math.Min(threads.Length, blockCount - 1);
        if (helpers > 0)
        {
            finished.Reset(helpers);
            start.Release(helpers);
        }
        TakeBlocks(0);
        if (helpers > 0)
            finished.Wait();
        failure?.Throw();
    }

    public void Dispose()
    {
        stopping = true;
        start.Release(Math.Max(1, threads.Length));
        foreach (var thread in threads)
            thread.Join();
        set_num_threads(callersTorchThreads);
        start.Dispose();
        finished.Dispose();
    }

    private void Serve(int worker)
    {
        TorchRuntime.EnterThread();
        set_num_threads(1);
        finished.Signal();
        while (true)
        {
            start.Wait();
            if (stopping)
                return;
            TakeBlocks(worker);
            finished.Signal();
        }
    }

    private void TakeBlocks(int worker)
    {
        try
        {
            int block;
            while ((block = Interlocked.Increment(ref nextBlock) - 1) < blocks)
                work!(worker, block);
        }
        catch (Exception error)
        {
            failure = ExceptionDispatchInfo.Capture(error);
            Volatile.Write(ref nextBlock, blocks);
        }
    }
}
