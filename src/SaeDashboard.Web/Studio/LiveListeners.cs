using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Studio;

/// <summary>
/// Whose playhead a live take follows. Any number of people can hear it, but it can be generated ahead of one ear only: that of the person who asked for
/// it. Of several pages of theirs, the one that reported first, until it is closed or another one turns a knob.
/// </summary>
public sealed class LiveListeners(ILiveWorker worker, TakeRepository takes, TimeProvider clock)
{
    // A little less than the 100 ms of the page's clock, which is not exact.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(90);

    private readonly ConcurrentDictionary<string, Followed> followed = new();

    /// <summary>Passes a playhead on.</summary>
    /// <param name="connection">The page.</param>
    /// <param name="actor">Whose page it is.</param>
    /// <param name="take">The take's id.</param>
    /// <param name="heard">Where it is.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>Whether the generation follows this page.</returns>
    /// <exception cref="UserException">The music worker is away.</exception>
    public async Task<bool> HearAsync(string connection, Actor actor, string take, PlayheadRequest heard, CancellationToken ct)
    {
        if (!IsOwner(take, actor)) return false;
        var now = clock.GetTimestamp();
        var page = followed.GetOrAdd(take, _ => new Followed(connection));
        lock (page)
        {
            if (page.Connection != connection) return false;
            if (page.At is { } last && page.Playing == heard.Playing && clock.GetElapsedTime(last, now) < Least) return true;
            (page.At, page.Playing) = (now, heard.Playing);
        }
        await worker.HearAsync(take, heard, ct);
        return true;
    }

    /// <summary>Turns knobs; the take follows this page from now on.</summary>
    /// <exception cref="UserException">The take is another person's, the knobs cannot be turned, or the music worker is away.</exception>
    public Task<KnobsAnswer> TurnAsync(string connection, Actor actor, string take, KnobsRequest request, CancellationToken ct)
    {
        if (!IsOwner(take, actor)) throw new UserException("Another person generates this take: you hear it, and its knobs are theirs. Generate one of your own to turn them.");
        var page = followed.GetOrAdd(take, _ => new Followed(connection));
        lock (page)
        {
            // The first report of another page is passed on whenever it comes.
            if (page.Connection != connection) (page.Connection, page.At) = (connection, null);
        }
        return worker.TurnAsync(take, request, ct);
    }

    /// <summary>A page has gone; the next one that reports is followed.</summary>
    public void Left(string connection)
    {
        foreach (var page in followed.Where(each => each.Value.Connection == connection)) followed.TryRemove(page);
    }

    // A take whose name could not be saved has no owner; the one who hears it turns it.
    private bool IsOwner(string take, Actor actor) => takes.Find(take) is not { } row || row.OwnerId == actor.UserId;

    private sealed class Followed(string connection)
    {
        public string Connection { get; set; } = connection;

        public long? At { get; set; }

        public bool Playing { get; set; }
    }
}
