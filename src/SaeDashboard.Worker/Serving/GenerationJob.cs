using System.Runtime.CompilerServices;

namespace SaeDashboard.Worker.Serving;

/// <summary>A queued take and its event log. Thread-safe.</summary>
internal sealed class GenerationJob(string takeId, TakeSettings settings, TakeWriter writer) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<GenerationEvent> events = [];
    private readonly CancellationTokenSource cancellation = new();
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool closed;

    public string TakeId => takeId;

    public TakeSettings Settings => settings;

    public TakeWriter Writer => writer;

    /// <summary>The wish to stop.</summary>
    public CancellationToken Cancellation => cancellation.Token;

    /// <summary>Why it is stopped, when no person asked for it.</summary>
    public string? StopReason { get; private set; }

    public TakeState State { get; set; } = TakeState.Queued;

    public int Done { get; private set; }

    public int Total { get; private set; }

    public long Samples { get; private set; }

    public void Cancel(string? reason = null)
    {
        StopReason ??= reason;
        cancellation.Cancel();
    }

    /// <summary>Tells how far it is.</summary>
    public void Report(int done, int total, long samples)
    {
        (Done, Total, Samples) = (done, total, samples);
        Tell(new GenerationEvent(GenerationEventType.Columns, Done: done, Total: total, Samples: samples));
    }

    public void Tell(GenerationEvent happened)
    {
        lock (gate)
        {
            if (events is [.., var before] && before == happened) return;
            // A listener that lags needs only the last of several counts.
            if (happened.Type == GenerationEventType.Columns && events is [.., { Type: GenerationEventType.Columns } last] && last.Samples == happened.Samples) events[^1] = happened;
            else events.Add(happened);
            Wake();
        }
    }

    /// <summary>Nothing more will happen.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            Wake();
        }
    }

    /// <summary>What happened from the beginning, and what happens, until it is over.</summary>
    public async IAsyncEnumerable<GenerationEvent> Events([EnumeratorCancellation] CancellationToken cancellation)
    {
        GenerationEvent? last = null;
        for (var at = 0; ;)
        {
            GenerationEvent[] news;
            Task next;
            bool over;
            lock (gate)
            {
                // The last one may have been replaced by a newer count since it was published.
                var from = at > 0 && !ReferenceEquals(events[at - 1], last) ? at - 1 : at;
                news = [.. events.Skip(from)];
                at = events.Count;
                if (at > 0) last = events[at - 1];
                (next, over) = (more.Task, closed);
            }
            foreach (var happened in news) yield return happened;
            if (over) yield break;
            await next.WaitAsync(cancellation);
        }
    }

    public void Dispose() => this.cancellation.Dispose();

    private void Wake()
    {
        var waiting = more;
        more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting.TrySetResult();
    }
}
