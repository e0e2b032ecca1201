using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Brings the batches to sessions, one or several, until each has come to its end. Sessions with the same layer, batch, seed and scaling
/// get the same batches; those with the same groups share the reading.
/// </summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly Dictionary<BatchFeed, List<TrainingSession>> subscribers = [];
    private readonly Dictionary<(long Batch, long Width), Tensor> copies = [];
    private readonly bool several;

    public TrainingLoop(IReadOnlyList<TrainingSession> sessions)
    {
        several = sessions.Count > 1;
        foreach (var alike in sessions.Where(session => !session.Done).GroupBy(session => (session.Reader, session.Layer, session.Config.Batch, session.Config.Seed)))
        {
            var left = alike.ToList();
            while (left.Count > 0)
            {
                var same = left.Where(session => session.Scaling.SameAs(left[0].Scaling)).ToList();
                left.RemoveAll(same.Contains);
                var feed = new BatchFeed(
                    alike.Key.Reader, alike.Key.Layer, same[0].Scaling, alike.Key.Batch, (ulong)alike.Key.Seed,
                    same.Min(session => session.Step), same.Max(session => session.Config.Steps));
                subscribers.Add(feed, same);
            }
        }
    }

    /// <summary>Told how a session ended.</summary>
    public required Action<TrainingSession, TrainResult> Ended { get; init; }

    /// <summary>Told why a session among several came to nothing; the others go on. Alone, what it threw is thrown.</summary>
    public required Action<TrainingSession, Exception> Failed { get; init; }

    /// <summary>Runs all sessions to their ends.</summary>
    /// <param name="cancellation">Ends them with their states saved.</param>
    public void Run(CancellationToken cancellation)
    {
        bool Ends(TrainingSession session) => cancellation.IsCancellationRequested || session.EndRequested;
        using var batches = new ActivationBatches([.. subscribers.Keys]);
        while (batches.Next(() => subscribers.Values.All(sessions => sessions.All(Ends))) is { } batch)
        {
            var here = subscribers[batch.Feed];
            End(here, Ends, session => session.Stop());
            var due = here.Where(session => session.Step == batch.Step).ToList();
            for (var i = 0; i < due.Count; i++)
            {
                var session = due[i];
                // An engine writes into its batch: all but the last get a copy.
                var columns = i == due.Count - 1 ? batch.Columns : Copy(batch.Columns);
                Guard(here, session, () => session.Advance(columns, batches.WaitShare));
            }
            End(here, session => session.Done, session => session.Finish());
            if (here.Count == 0)
                batch.Feed.Close();
        }
        // All want to end while their columns are still being computed.
        foreach (var left in subscribers.Values)
            End(left, Ends, session => session.Stop());
    }

    public void Dispose()
    {
        foreach (var copy in copies.Values)
            copy.Dispose();
    }

    private void End(List<TrainingSession> sessions, Func<TrainingSession, bool> ends, Func<TrainingSession, TrainResult> how)
    {
        foreach (var session in sessions.Where(ends).ToList())
        {
            if (Guard(sessions, session, () => Ended(session, how(session))))
                sessions.Remove(session);
        }
    }

    private bool Guard(List<TrainingSession> sessions, TrainingSession session, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception error) when (several && error is UserException or IOException)
        {
            sessions.Remove(session);
            Failed(session, error);
            return false;
        }
    }

    private Tensor Copy(Tensor columns)
    {
        var shape = (columns.size(0), columns.size(1));
        if (!copies.TryGetValue(shape, out var copy))
            copies.Add(shape, copy = empty_like(columns).DetachFromDisposeScope());
        TensorData.AsSpan(columns).CopyTo(TensorData.AsSpan(copy));
        return copy;
    }
}
