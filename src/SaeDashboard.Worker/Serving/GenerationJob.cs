using System.Runtime.CompilerServices;

namespace SaeDashboard.Worker.Serving;

/// <summary>A queued take and its event log. Thread-safe.</summary>
internal sealed class GenerationJob(string takeId, TakeSettings settings, TakeWriter writer) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<GenerationEvent> events = [];
    private readonly CancellationTokenSource cancellation = new();
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource word = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool closed;

    public string TakeId => takeId;

    public TakeSettings Settings => settings;

    public TakeWriter Writer => writer;

    /// <summary>Cancelled when the take should stop.</summary>
    public CancellationToken Cancellation => cancellation.Token;

    /// <summary>Why it is stopped, unless a person stopped it.</summary>
    public string? StopReason { get; private set; }

    public TakeState State { get; set; } = TakeState.Queued;

    /// <summary>What generates it; null while it waits or loads.</summary>
    public TakeGenerator? Generator { get; set; }

    public int Done { get; private set; }

    public int Total { get; private set; }

    public long Samples { get; private set; }

    public void Cancel(string? reason = null)
    {
        StopReason ??= reason;
        cancellation.Cancel();
    }

    /// <summary>Adds an event. It never waits: every listener has its own place in the list.</summary>
    public void Publish(GenerationEvent happened)
    {
        if (happened is { Type: GenerationEventType.Columns, Done: { } done, Total: { } total, Samples: { } samples }) (Done, Total, Samples) = (done, total, samples);
        lock (gate)
        {
            if (events is [.., var before] && before == happened) return;
            // A listener that lags needs only the last of several counts.
            if (happened.Type == GenerationEventType.Columns && events is [.., { Type: GenerationEventType.Columns } last] && last.Samples == happened.Samples) events[^1] = happened;
            else events.Add(happened);
            Announce();
        }
    }

    /// <summary>Rests while the listener is far behind, until there is word of it.</summary>
    public async Task Rest(TimeSpan longest)
    {
        Task next;
        lock (gate) next = word.Task;
        await Task.WhenAny(next, Task.Delay(longest, Cancellation));
        Cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>There is word of the listener.</summary>
    public void Wake()
    {
        TaskCompletionSource waiting;
        lock (gate) (waiting, word) = (word, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        waiting.TrySetResult();
    }

    /// <summary>Ends the event stream.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            Announce();
        }
    }

    /// <summary>All events from the first to the last, including those to come.</summary>
    public async IAsyncEnumerable<GenerationEvent> Events([EnumeratorCancellation] CancellationToken cancellation)
    {
        GenerationEvent? last = null;
        for (var at = 0; ;)
        {
            GenerationEvent[] fresh;
            Task next;
            bool over;
            lock (gate)
            {
                // The last one may have been replaced by a newer count since it was published.
                var from = at > 0 && !ReferenceEquals(events[at - 1], last) ? at - 1 : at;
                fresh = [.. events.Skip(from)];
                at = events.Count;
                if (at > 0) last = events[at - 1];
                (next, over) = (more.Task, closed);
            }
            foreach (var happened in fresh) yield return happened;
            if (over) yield break;
            await next.WaitAsync(cancellation);
        }
    }

    public void Dispose() => this.cancellation.Dispose();

    private void Announce()
    {
        var waiting = more;
        more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.TrySetResult();
    }
}
