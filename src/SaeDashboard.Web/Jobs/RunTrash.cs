using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>Deleted runs lie in <c>runs/.trash</c> for a week, so that a deletion can be undone.</summary>
internal static class RunTrash
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    public static void Put(DataRoot root, string runId)
    {
        var target = PathOf(root, runId);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        try
        {
            Directory.Move(Path.Combine(root.Runs, runId), target);
            Directory.SetLastWriteTimeUtc(target, DateTime.UtcNow);
        }
        catch (IOException error)
        {
            throw new UserException($"{Path.Combine(root.Runs, runId)} cannot be moved to {target}: {error.Message}", error);
        }
    }

    public static void TakeBack(DataRoot root, string runId)
    {
        var trash = PathOf(root, runId);
        if (!Ids.IsValid("run", runId) || !Directory.Exists(trash)) throw new UserException($"The run {runId} is no longer in {Path.GetDirectoryName(trash)}.");
        Directory.Move(trash, Path.Combine(root.Runs, runId));
    }

    /// <summary>Removes what has lain there for a week.</summary>
    public static void Empty(DataRoot root)
    {
        var trash = Path.Combine(root.Runs, ".trash");
        if (!Directory.Exists(trash)) return;
        foreach (var folder in Directory.GetDirectories(trash))
        {
            if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) > Kept) Directory.Delete(folder, recursive: true);
        }
    }

    private static string PathOf(DataRoot root, string runId) => Path.Combine(root.Runs, ".trash", runId);
}
