namespace SaeDashboard.Web.Jobs;

/// <summary>What the executor writes into the site's log.</summary>
internal static partial class JobsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} was running when the site stopped; it is watched again")]
    public static partial void Adopted(this ILogger log, string run);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run}: worker {Process}")]
    public static partial void Began(this ILogger log, string run, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run} ended: {State} {Message}")]
    public static partial void Ended(this ILogger log, string run, RunState state, string? message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} did not react to Cancel: {Signal}")]
    public static partial void Pressed(this ILogger log, string run, string signal);

    [LoggerMessage(Level = LogLevel.Information, Message = "The site is stopping: {Count} run(s) save a checkpoint")]
    public static partial void StopsJobs(this ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} did not save a checkpoint within {Seconds} s; it will resume from its last one")]
    public static partial void StoppedLate(this ILogger log, string run, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Name} failed; retrying with increasing delays")]
    public static partial void JobFailed(this ILogger log, string name, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be removed: {Message}")]
    public static partial void TrashKept(this ILogger log, string path, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job executor iteration failed; continuing")]
    public static partial void RoundFailed(this ILogger log, Exception error);
}
