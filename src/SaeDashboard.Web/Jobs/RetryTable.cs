using System.Diagnostics;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// Work that is tried in every round, each piece guarded for itself: one that fails does not keep the others from being done. It is tried
/// again after 1, 2, 4 … 30 s, and said once for each message. For one thread.
/// </summary>
/// <param name="failed">Called for a failure that differs from the last one: the piece's name and the error.</param>
internal sealed class RetryTable(Action<string, Exception> failed)
{
    private readonly Dictionary<string, Trouble> troubles = [];

    /// <summary>Does the work unless it failed a moment ago.</summary>
    /// <param name="name">What the work is about, such as a run's id.</param>
    /// <param name="work">The work.</param>
    public void Try(string name, Action work)
    {
        troubles.TryGetValue(name, out var trouble);
        if (trouble is not null && Stopwatch.GetElapsedTime(trouble.Since) < trouble.Wait) return;
        try
        {
            work();
            troubles.Remove(name);
        }
        catch (Exception error)
        {
            var isNews = trouble?.Message != error.Message;
            trouble ??= troubles[name] = new Trouble();
            (trouble.Message, trouble.Since, trouble.Wait) = (error.Message, Stopwatch.GetTimestamp(), trouble.BackOff.Next());
            if (isNews) failed(name, error);
        }
    }

    /// <summary>Forgets the failures of all but these.</summary>
    public void Keep(IReadOnlySet<string> names)
    {
        foreach (var name in troubles.Keys.Where(name => !names.Contains(name)).ToArray()) troubles.Remove(name);
    }

    private sealed class Trouble
    {
        public BackOff BackOff { get; } = new();

        public string Message { get; set; } = "";

        public long Since { get; set; }

        public TimeSpan Wait { get; set; }
    }
}
