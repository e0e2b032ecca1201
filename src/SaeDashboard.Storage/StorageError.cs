using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Storage;

/// <summary>Says what the machine did wrong, and what to do, when something could not be written.</summary>
internal static class StorageError
{
    /// <summary>The message for a write that failed and of which nothing is left.</summary>
    public static UserException CannotWrite(string path, Exception error)
    {
        var why = DiskFault.Reason(error) ?? "see the reason at the end, and try again";
        return new UserException($"{path} could not be written; nothing of this change was kept: {why}. ({error.Message})", error);
    }
}
