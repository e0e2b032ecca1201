using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>Says what the machine did wrong, and what to do, when something could not be written.</summary>
internal static class StorageError
{
    private const int InputOutput = 5, FileTooLarge = 27, NoSpace = 28, ReadOnly = 30, Quota = 122;

    /// <summary>The message for a write that failed and of which nothing is left.</summary>
    public static UserException CannotWrite(string path, Exception error)
    {
        var why = error.HResult switch
        {
            NoSpace => "the disk is full. Make room there and try again",
            Quota or FileTooLarge => "this user may not write more there (a quota or a limit on the size of files). Make room, or raise the limit, and try again",
            ReadOnly => "the disk is mounted read-only. Mount it for writing and try again",
            InputOutput => "the disk reports an error. Look after the disk, make a copy of the folder, and try again",
            _ when error is UnauthorizedAccessException => "this user may not write there. Give it the right to, and try again",
            _ => "see the reason at the end, and try again",
        };
        return new UserException($"{path} could not be written; nothing of this change was kept: {why}. ({error.Message})", error);
    }
}
