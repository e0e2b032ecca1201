namespace SaeDashboard.Web.Serving;

/// <summary>What the site's log says of the music worker.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The music worker is process {ProcessId}.")]
    public static partial void Started(ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Adopted the running music worker, process {ProcessId}.")]
    public static partial void TakenOver(ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Information, Message = "The running music worker (process {ProcessId}) belongs to another build or data folder ({Build}) and is stopped.")]
    public static partial void OtherBuild(ILogger logger, int processId, string build);

    [LoggerMessage(Level = LogLevel.Information, Message = "The music worker, process {ProcessId}, was stopped.")]
    public static partial void Ended(ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason} Next attempt in {Seconds} s.")]
    public static partial void Down(ILogger logger, string reason, double seconds);
}
