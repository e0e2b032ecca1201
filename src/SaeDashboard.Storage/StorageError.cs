using Microsoft.Data.Sqlite;
using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>Tells what the machine did wrong (a full disk, a lost right, a damaged file) from what the program did wrong.</summary>
internal static class StorageError
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NoDatabase = 26, Permission = 3;

    /// <summary>A message for a person, or null when the error is a fault of the program.</summary>
    /// <param name="error">What SQLite said.</param>
    /// <param name="path">The database.</param>
    /// <param name="doing">What failed: "could not be written; nothing of this change was kept".</param>
    public static UserException? Explain(SqliteException error, string path, string doing)
    {
        var why = error.SqliteErrorCode switch
        {
            Full => "the disk is full. Make room there and try again",
            InputOutput => "the disk reports an error, or is full. Make room there, or look after the disk, and try again",
            ReadOnly or CannotOpen or Permission => "the file or its folder cannot be written. Give this user the right to write there, or start with --data and another folder",
            Corrupt or NoDatabase => "it is damaged. Put a copy in its place (dashboard.schema-….db beside it, or a backup of yours), or move it away to begin a new one",
            Busy or Locked => "another program holds it. End that program and try again",
            _ => null,
        };
        return why is null ? null : new UserException($"{path} {doing}: {why}. ({error.Message})", error);
    }
}
