namespace SaeDashboard.Worker;

/// <summary>Calls back on the reporting thread: <see cref="Progress{T}"/> would post to the pool and print out of order.</summary>
internal sealed class SynchronousProgress<T>(Action<T> handler) : IProgress<T>
{
    public void Report(T value) => handler(value);
}
