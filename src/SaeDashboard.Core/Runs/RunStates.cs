namespace SaeDashboard.Core.Runs;

/// <summary>The states a run can be in.</summary>
public static class RunStates
{
    public const string Running = "running";
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    /// <summary>Somebody asked it to make room for a while: it has kept its state and holds neither process nor device.</summary>
    public const string Paused = "paused";

    /// <summary>Its process ended without saying how: killed, or the machine stopped. Nobody writes this; it is concluded.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>Its folder, or what it says of itself, cannot be read. Concluded, too.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>It waits for its worker. Nobody writes this either: there is no status yet.</summary>
    public const string Queued = "queued";

    internal static readonly string[] All = [Running, Done, Failed, Cancelled, Paused, Interrupted];
}
