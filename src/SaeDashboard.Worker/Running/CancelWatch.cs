using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Running;

/// <summary>
/// Checks five times a second whether a run's end was requested, and says twice a second that its process is alive, on a timer
/// of its own: a stage may be busy for seconds.
/// </summary>
internal sealed class CancelWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly RunFolder run;
    private readonly CancellationTokenSource source;
    private readonly Timer timer;

    public CancelWatch(RunFolder run, CancellationToken outer)
    {
        this.run = run;
        source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        timer = new Timer(_ => Look(), null, Period, Period);
    }

    /// <summary>Cancelled by the cancel or the pause file, Ctrl+C or SIGTERM.</summary>
    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        using var stopped = new ManualResetEvent(false);
        if (timer.Dispose(stopped)) stopped.WaitOne();
        source.Dispose();
    }

    private void Look()
    {
        try
        {
            run.Beat();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or Core.UserException)
        {
            // A disk that is full for a moment: the next beat, or the stage itself, will say so.
        }
        if (run.EndRequested) source.Cancel();
    }
}
