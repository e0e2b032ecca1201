namespace SaeDashboard.Core.Files;

/// <summary>Why the machine refused a write, and what to do about it: the one place where errors of write(2) get their words.</summary>
public static class DiskFault
{
    // errno of Linux, which .NET gives as HResult where it has no exception of its own.
    private const int InputOutput = 5, FileTooLarge = 27, NoSpace = 28, ReadOnly = 30, Quota = 122;

    /// <summary>The reason, then what to do, without the last full stop; null: it is none that is known here.</summary>
    public static string? Reason(Exception error) => error.HResult switch
    {
        NoSpace => "the disk is full. Make room there and try again",
        Quota or FileTooLarge => "this user may not write more there (a quota or a limit on the size of files). Make room, or raise the limit, and try again",
        ReadOnly => "the disk is mounted read-only. Mount it for writing and try again",
        InputOutput => "the disk reports an error. Look after the disk, make a copy of the folder, and try again",
        _ when error is UnauthorizedAccessException => "this user may not write there. Give it the right to, and try again",
        _ => null,
    };
}
