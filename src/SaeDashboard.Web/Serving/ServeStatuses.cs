namespace SaeDashboard.Web.Serving;

/// <summary>The states of the music worker.</summary>
public static class ServeStatuses
{
    /// <summary>Its process starts, or it loads a model.</summary>
    public const string Starting = "starting";

    /// <summary>It waits for work.</summary>
    public const string Ready = "ready";

    /// <summary>It makes music; other questions are answered in between.</summary>
    public const string Busy = "busy";

    /// <summary>It ended or does not answer; it is started again by itself.</summary>
    public const string Down = "down";
}
