using System.Diagnostics;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>Waits for something to become true, with a deadline.</summary>
internal static class Poll
{
    /// <summary>Asks ten times a second until <paramref name="ask"/> gives a value.</summary>
    /// <exception cref="TimeoutException">It gave none before the deadline; the message names <paramref name="what"/>.</exception>
    public static async Task<T> ForAsync<T>(string what, TimeSpan within, Func<Task<T?>> ask) where T : class
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (await ask() is { } answer) return answer;
            if (watch.Elapsed > within) throw new TimeoutException($"Not within {within.TotalSeconds:0} s: {what}.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <inheritdoc cref="ForAsync{T}"/>
    public static async Task UntilAsync(string what, TimeSpan within, Func<Task<bool>> ask) =>
        await ForAsync(what, within, async () => await ask() ? "yes" : null);

    /// <inheritdoc cref="ForAsync{T}"/>
    public static Task UntilAsync(string what, TimeSpan within, Func<bool> ask) => UntilAsync(what, within, () => Task.FromResult(ask()));
}
