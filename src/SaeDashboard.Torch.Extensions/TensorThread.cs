using System.Threading.Channels;

namespace SaeDashboard.Torch.Extensions;

/// <summary>
/// One thread that all work on a device goes through, in the order it was handed in. Each thread that computes would get a pool
/// of workers of its own, and gradient modes and dispose scopes belong to a thread: so there is one. Work must be synchronous.
/// </summary>
public sealed class TensorThread : IDisposable
{
    private readonly Channel<Action> queue = Channel.CreateUnbounded<Action>(new() { SingleReader = true });
    private readonly Thread thread;

    /// <summary>Starts the thread.</summary>
    public TensorThread(string name = "tensors")
    {
        thread = new Thread(Work) { Name = name, IsBackground = true };
        thread.Start();
    }

    /// <summary>Whether the caller is on this thread already.</summary>
    public bool IsCurrent => Thread.CurrentThread == thread;

    /// <summary>Runs the work on the thread; its exception becomes the task's.</summary>
    /// <exception cref="ObjectDisposedException">The thread was closed.</exception>
    public Task<T> Run<T>(Func<T> work, CancellationToken cancellation = default)
    {
        // Continuations must not run here: they would hold up the next piece of work.
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var accepted = queue.Writer.TryWrite(() =>
        {
            if (cancellation.IsCancellationRequested)
            {
                result.SetCanceled(cancellation);
                return;
            }
            try
            {
                result.SetResult(work());
            }
            catch (OperationCanceledException cancelled) when (cancelled.CancellationToken == cancellation &&
                cancellation.IsCancellationRequested)
            {
                result.SetCanceled(cancellation);
            }
#pragma warning disable CA1031 // Any exception of the work is passed to the awaiting caller.
            catch (Exception error)
#pragma warning restore CA1031
            {
                result.SetException(error);
            }
        });
        ObjectDisposedException.ThrowIf(!accepted, this);
        return result.Task;
    }

    /// <summary>Runs the work on the thread.</summary>
    /// <exception cref="ObjectDisposedException">The thread was closed.</exception>
    public Task Run(Action work, CancellationToken cancellation = default) => Run(() =>
    {
        work();
        return true;
    }, cancellation);

    /// <summary>Takes no more work, and waits until what was handed in is done.</summary>
    public void Dispose()
    {
        queue.Writer.TryComplete();
        if (!IsCurrent) thread.Join();
    }

    private void Work()
    {
        TorchRuntime.EnterThread();
        while (queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            while (queue.Reader.TryRead(out var work))
                work();
    }
}
