using System.Runtime.ExceptionServices;
using SaeDashboard.Core;
using SaeDashboard.Storage.Index;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Writing;

/// <summary>
/// Serialises writes and flushes waiting ones together. The thread that gets the turn takes all waiting writes, makes their changes, appends
/// their lines to the journal with one fsync, applies them to LiteDB in one transaction, makes them visible, and wakes the other threads,
/// which find their write done.
/// </summary>
internal sealed class Writer(TableSet tables, Journal journal, IndexFile index, AuditBook audit, TimeProvider clock)
{
    /// <summary>The most writes of one fsync, so that none waits long.</summary>
    private const int MaxBatch = 256;

    private readonly object gate = new();
    private readonly Queue<WriteRequest> waiting = [];
    private int turnOf;
    private bool closed;

    /// <summary>Returns when the write is on the disk.</summary>
    /// <exception cref="UserException">The write failed, and nothing of it was kept.</exception>
    public void Run(WriteRequest request)
    {
        if (Volatile.Read(ref turnOf) == Environment.CurrentManagedThreadId) throw new InvalidOperationException($"{request.Action} was asked for in the middle of another write.");
        lock (gate) waiting.Enqueue(request);
        // A thread whose write was part of another's batch returns without the turn, and can queue its next write meanwhile.
        while (TakeTurn(unless: request))
        {
            try
            {
                Commit();
            }
            finally
            {
                EndTurn();
            }
        }
        request.Failure?.Throw();
    }

    /// <summary>Runs an action between two writes.</summary>
    public void Between(Action action)
    {
        TakeTurn(unless: null);
        try
        {
            action();
        }
        finally
        {
            EndTurn();
        }
    }

    /// <summary>Waits for the current write; later ones are rejected.</summary>
    public void Close() => Between(() => closed = true);

    /// <summary>Waits for the turn; false: the write is done without it.</summary>
    private bool TakeTurn(WriteRequest? unless)
    {
        lock (gate)
        {
            while (turnOf != 0 && unless is not { Done: true }) Monitor.Wait(gate);
            if (unless is { Done: true }) return false;
            turnOf = Environment.CurrentManagedThreadId;
            return true;
        }
    }

    private void EndTurn()
    {
        lock (gate)
        {
            turnOf = 0;
            Monitor.PulseAll(gate);
        }
    }

    private void Commit()
    {
        var requests = Take();
        var batch = new Batch(tables, journal.LastSeq);
        try
        {
            ObjectDisposedException.ThrowIf(closed, typeof(Database));
            foreach (var request in requests) Prepare(request, batch);
            if (batch.Entries.Count == 0) return;
            journal.Append(batch.Lines.WrittenSpan, batch.LastSeq);
            var changes = batch.Entries.SelectMany(entry => entry.Changes);
            index.Apply(changes, batch.LastSeq);
            tables.Publish(changes);
            foreach (var entry in batch.Entries) audit.Add(entry);
        }
        catch (Exception error)
        {
            var failure = ExceptionDispatchInfo.Capture(error);
            foreach (var request in requests) request.Failure ??= failure;
        }
        finally
        {
            foreach (var request in requests) request.Done = true;
        }
    }

    private void Prepare(WriteRequest request, Batch batch)
    {
        try
        {
            var scope = new WriteScope(batch, request.Actor, clock.GetUtcNow());
            RightsRules.Check(scope, request.Actor, request.Action);
            scope.Begin();
            request.Work(scope);
            if (scope.ToEntry(request.Action, request.Subject, request.Always) is { } entry) batch.Add(entry);
        }
        // An error of one write does not affect the others of the batch.
        catch (Exception error)
        {
            request.Failure = ExceptionDispatchInfo.Capture(error);
        }
    }

    private List<WriteRequest> Take()
    {
        var requests = new List<WriteRequest>();
        lock (gate)
        {
            while (requests.Count < MaxBatch && waiting.TryDequeue(out var next)) requests.Add(next);
        }
        return requests;
    }
}
