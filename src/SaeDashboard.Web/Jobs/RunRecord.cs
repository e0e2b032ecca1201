using SaeDashboard.Core;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Jobs;

/// <summary>A run's status as far as it can be read.</summary>
/// <param name="Status">The status; null when there is none, or none that can be read.</param>
/// <param name="Problem">Why it cannot be read; null when it can, or when there is none.</param>
internal readonly record struct RunRecord(RunStatus? Status, string? Problem)
{
    /// <summary>Whether an attempt has left a status, readable or not.</summary>
    public bool Exists => Status is not null || Problem is not null;

    /// <summary>Reads it. Nothing that a folder holds makes this throw.</summary>
    public static RunRecord Read(string folder)
    {
        try
        {
            return new(RunFolder.ReadStatus(folder), null);
        }
        catch (Exception error) when (error is UserException or IOException or UnauthorizedAccessException)
        {
            return new(null, error.Message);
        }
    }

    /// <summary>Whether a process has the run open; a lock that cannot be read counts as free.</summary>
    public static bool IsLocked(string folder)
    {
        try
        {
            return RunFolder.IsLocked(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether an attempt has written this record since an earlier look: each carries an id of its own.</summary>
    public bool IsNewSince(RunRecord before) => Status is { Attempt: { } attempt } ? attempt != before.Status?.Attempt : this != before;
}
