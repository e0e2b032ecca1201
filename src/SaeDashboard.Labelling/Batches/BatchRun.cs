using SaeDashboard.Core;
using SaeDashboard.Labelling.Models;

namespace SaeDashboard.Labelling.Batches;

/// <summary>Counts what is done of a batch, what it cost and how fast it is. Thread-safe.</summary>
/// <param name="total">Requests in all.</param>
/// <param name="clock">Measures the pace.</param>
/// <param name="progress">Called after every one.</param>
internal sealed class BatchRun(int total, TimeProvider clock, IProgress<BatchProgress>? progress)
{
    private readonly Lock turn = new();
    private readonly long begun = clock.GetTimestamp();
    private int done, asked;
    private decimal dollars;

    /// <summary>US dollars so far.</summary>
    public decimal Dollars
    {
        get
        {
            lock (turn) return dollars;
        }
    }

    /// <summary>Whether a request was not sent because of the day's cap.</summary>
    public volatile bool CapReached;

    public void Spend(decimal more)
    {
        lock (turn) dollars += more;
    }

    /// <summary>One more is done.</summary>
    /// <param name="cached">Whether it was there already: it says nothing of the pace.</param>
    /// <param name="report">Called first, one at a time.</param>
    public void Done(bool cached, Action? report)
    {
        lock (turn)
        {
            done++;
            if (!cached) asked++;
            report?.Invoke();
            TimeSpan? left = asked == 0 ? null : clock.GetElapsedTime(begun) / asked * (total - done);
            progress?.Report(new BatchProgress(done, total, dollars, left));
        }
    }

    /// <summary>Does something for each of the numbers, several at a time. The first <see cref="UserException"/> stops the others and is thrown.</summary>
    public static async Task EachAsync(int count, int atOnce, Func<int, CancellationToken, Task> work, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        UserException? refused = null;
        try
        {
            await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = stop.Token }, async (at, token) =>
            {
                try
                {
                    await work(at, token).ConfigureAwait(false);
                }
                catch (UserException error)
                {
                    Interlocked.CompareExchange(ref refused, error, null);
                    await stop.CancelAsync().ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (refused is not null)
        {
            // The others were stopped because of it.
        }
        if (refused is not null) throw refused;
    }
}

/// <summary>What is reserved in the journal for asking the same again: after an answer that cannot be read, or in parts. Their cost is in the sum that ends the first.</summary>
/// <param name="journal">The journal.</param>
/// <param name="subject">What is asked for.</param>
/// <param name="cap">What may be spent on a day; null: no cap.</param>
/// <param name="clock">Dates the lines.</param>
internal sealed class FurtherAsks(LabelJournal journal, AskedFor subject, decimal? cap, TimeProvider clock)
{
    private readonly List<long> asks = [];

    /// <summary>Reserves the largest cost of another request; false: the cap does not allow for it.</summary>
    public bool TryAdd(RequestCost cost)
    {
        if (journal.TryAsk(subject, cost.Dollars, cap, clock.GetUtcNow()) is not { } ask) return false;
        asks.Add(ask);
        return true;
    }

    /// <summary>Gives back what was reserved.</summary>
    public void End()
    {
        foreach (var reserved in asks) journal.EndJudged(reserved, null, "asked again", 0, clock.GetUtcNow());
    }
}
