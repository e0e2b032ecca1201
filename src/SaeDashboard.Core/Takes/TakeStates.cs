namespace SaeDashboard.Core.Takes;

/// <summary>The states a take can be in.</summary>
public static class TakeStates
{
    /// <summary>Waits for another generation.</summary>
    public const string Queued = "queued";

    public const string Running = "running";
    public const string Done = "done";

    /// <summary>Stopped by a person: what was made until then is kept and plays.</summary>
    public const string Cancelled = "cancelled";

    public const string Failed = "failed";

    /// <summary>Its process ended without saying how. Nobody writes this; it is concluded.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>Its folder or what it says of itself cannot be read. Nobody writes this either.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Whether a take in this state still changes by itself.</summary>
    public static bool IsLive(string state) => state is Queued or Running;
}
