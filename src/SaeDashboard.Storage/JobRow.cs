namespace SaeDashboard.Storage;

/// <summary>One thing that was asked of the executor.</summary>
/// <param name="Id">Its number; the queue's order.</param>
/// <param name="RunId">The run whose folder tells how it goes.</param>
/// <param name="Kind">What is asked of its worker.</param>
/// <param name="Device">What it computes on: "cpu", "cuda:0".</param>
/// <param name="State">Queued, running, or the run's last state.</param>
/// <param name="Message">Why it waits, or how it ended.</param>
/// <param name="OwnerId">Who asked.</param>
/// <param name="Owner">Their name.</param>
/// <param name="QueuedUtc">When it was asked.</param>
/// <param name="StartedUtc">When its worker was started.</param>
/// <param name="EndedUtc">When it ended; null: it has not.</param>
public sealed record JobRow(
    long Id, string RunId, JobKind Kind, string Device, RunState State, string? Message, string OwnerId, string Owner, DateTimeOffset QueuedUtc, DateTimeOffset? StartedUtc, DateTimeOffset? EndedUtc);
