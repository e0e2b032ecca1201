namespace SaeDashboard.Worker.CommandLine;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The verb failed; standard error says why and what to do.</summary>
    public const int Failed = 1;

    /// <summary>The arguments could not be understood; nothing was started.</summary>
    public const int BadArguments = 2;
}
