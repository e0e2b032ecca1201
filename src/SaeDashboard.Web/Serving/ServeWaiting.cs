using SaeDashboard.Core;

namespace SaeDashboard.Web.Serving;

/// <summary>Waiting for a music worker that starts or is restarted.</summary>
internal static class ServeWaiting
{
    private const int MaxTries = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Whether it does not take work now: it starts, or is started again.</summary>
    public static bool IsAway(this ServeState state) => state.Status is ServeStatus.Starting or ServeStatus.Down;

    /// <summary>Whether nothing starts it again: it is switched off.</summary>
    public static bool IsOff(this ServeState state) => state is { Status: ServeStatus.Down, RetryUtc: null };

    /// <summary>Asks the worker as soon as it takes work; one that ends meanwhile is asked again when it is back, three times in all.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="ask">What is asked.</param>
    /// <param name="ct">Gives up waiting.</param>
    /// <exception cref="UserException">The worker is switched off, it refuses, or it ended each time.</exception>
    public static async Task<T> WhenBackAsync<T>(this IServeClient worker, Func<CancellationToken, Task<T>> ask, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            await UntilBackAsync(worker, ct);
            try
            {
                return await ask(ct);
            }
            catch (UserException error) when (tries < MaxTries && error.InnerException is HttpRequestException or TimeoutException)
            {
                // Its end is noticed a moment after the line to it broke.
                await Task.Delay(Pause, ct);
            }
        }
    }

    private static async Task UntilBackAsync(IServeClient worker, CancellationToken ct)
    {
        var back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Changed += Look;
        try
        {
            Look();
            await back.Task.WaitAsync(ct);
        }
        finally
        {
            worker.Changed -= Look;
        }

        void Look()
        {
            var state = worker.State;
            if (state.IsOff()) back.TrySetException(new UserException(state.Message ?? "The music worker is switched off."));
            else if (!state.IsAway()) back.TrySetResult();
        }
    }
}
