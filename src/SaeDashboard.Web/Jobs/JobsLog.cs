namespace SaeDashboard.Web.Jobs;

/// <summary>What the executor writes into the site's log.</summary>
internal static partial class JobsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} was at work when the site ended; it is looked after again")]
    public static partial void Adopted(this ILogger log, string run);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run}: worker {Process}")]
    public static partial void Began(this ILogger log, string run, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} ended: {State} {Message}")]
    public static partial void Ended(this ILogger log, string run, RunState state, string? message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} does not answer its cancel: {Signal}")]
    public static partial void Pressed(this ILogger log, string run, string signal);

    [LoggerMessage(Level = LogLevel.Information, Message = "The site stops: {Count} run(s) save their state")]
    public static partial void StopsJobs(this ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} did not save its state within {Seconds} s; when it is resumed it continues from its last checkpoint")]
    public static partial void StoppedLate(this ILogger log, string run, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Name} cannot be dealt with now; it is tried again, after longer and longer pauses")]
    public static partial void JobFailed(this ILogger log, string name, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be removed: {Message}")]
    public static partial void TrashKept(this ILogger log, string path, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "The executor's round failed; it goes on")]
    public static partial void RoundFailed(this ILogger log, Exception error);
}
