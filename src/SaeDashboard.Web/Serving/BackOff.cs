namespace SaeDashboard.Web.Serving;

/// <summary>How long to wait before the next try: 1, 2, 4 … 30 s; from the beginning again after half a minute of good health.</summary>
internal sealed class BackOff
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Recovered = TimeSpan.FromSeconds(30);

    private TimeSpan next = TimeSpan.FromSeconds(1);

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        var wait = next;
        next = next * 2 < Longest ? next * 2 : Longest;
        return wait;
    }

    /// <summary>All was well for so long.</summary>
    public void WellFor(TimeSpan time)
    {
        if (time >= Recovered) next = TimeSpan.FromSeconds(1);
    }
}
