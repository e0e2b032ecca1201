namespace SaeDashboard.Web.Runs;

/// <summary>Gathers a burst of changes into one repaint, at most five a second; the last change is never lost.</summary>
internal sealed class Repaint(Func<Task> paint) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource stop = new();
    private int waiting;

    /// <summary>Asks for a repaint soon. From any thread.</summary>
    public void Ask()
    {
        if (!stop.IsCancellationRequested && Interlocked.Exchange(ref waiting, 1) == 0) _ = PaintSoonAsync();
    }

    public void Dispose() => stop.Cancel();

    private async Task PaintSoonAsync()
    {
        try
        {
            await Task.Delay(Pause, stop.Token);
            Volatile.Write(ref waiting, 0);
            await paint();
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // The page was left meanwhile.
        }
    }
}
