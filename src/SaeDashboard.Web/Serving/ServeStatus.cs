namespace SaeDashboard.Web.Serving;

/// <summary>The states of the music worker.</summary>
public enum ServeStatus
{
    /// <summary>Its process starts, or it loads a model.</summary>
    Starting,

    /// <summary>It waits for work.</summary>
    Ready,

    /// <summary>It makes music; other questions are answered in between.</summary>
    Busy,

    /// <summary>It ended or does not answer; it is started again by itself.</summary>
    Down,
}
