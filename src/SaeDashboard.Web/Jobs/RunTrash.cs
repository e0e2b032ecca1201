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
    /// <returns>What could not be removed, and why: a message for each.</returns>
    public static IReadOnlyList<string> Empty(DataRoot root)
    {
        var trash = Path.Combine(root.Runs, ".trash");
        if (!Directory.Exists(trash)) return [];
        var problems = new List<string>();
        Guard(trash, () =>
        {
            foreach (var folder in Directory.GetDirectories(trash))
            {
                Guard(folder, () =>
                {
                    if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) > Kept) Directory.Delete(folder, recursive: true);
                });
            }
        });
        return problems;

        // Each for itself: one that cannot be removed must not keep the others, or the site.
        void Guard(string what, Action action)
        {
            try
            {
                action();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                problems.Add($"{what} cannot be emptied: {error.Message} Remove it by hand.");
            }
        }
    }

    private static string PathOf(DataRoot root, string runId) => Path.Combine(root.Runs, ".trash", runId);
}
