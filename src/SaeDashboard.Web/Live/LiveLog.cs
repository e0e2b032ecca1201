namespace SaeDashboard.Web.Live;

/// <summary>What the watcher and the hub write into the site's log.</summary>
internal static partial class LiveLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Run watcher iteration failed; continuing")]
    public static partial void LookFailed(this ILogger log, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending run {Run} to a browser failed")]
    public static partial void SendingFailed(this ILogger log, Exception error, string run);
}
