using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>Deleted runs are kept in <c>runs/.trash</c> for a week, so that a deletion can be undone.</summary>
internal static class RunTrash
{
    private const string Name = ".trash";

    /// <summary>How long a deleted run is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Moves the run's folder there. One of the same id that is there already, which was put back by hand, is left alone.</summary>
    /// <exception cref="UserException">It cannot be moved; it is where it was.</exception>
    public static void Put(DataRoot root, string runId)
    {
        var trash = Path.Combine(root.Runs, Name);
        Move(RunPlaces.Of(root, runId), PathOf(trash, runId, Newest(trash, runId) + 1), touch: true);
    }

    /// <summary>Brings back what was deleted last.</summary>
    /// <exception cref="UserException">It was removed meanwhile, its place is taken, or it cannot be moved.</exception>
    public static void TakeBack(DataRoot root, string runId)
    {
        var (trash, place) = (Path.Combine(root.Runs, Name), RunPlaces.Of(root, runId));
        if (Newest(trash, runId) is not (> 0 and var number)) throw new UserException($"The run {runId} is not in {trash} any more.");
        if (Path.Exists(place)) throw new UserException($"{place} exists. Move it away, then restore the deleted run.");
        Move(PathOf(trash, runId, number), place, touch: false);
    }

    /// <summary>The ids of the runs in the trash, each once, the last deleted first.</summary>
    public static IReadOnlyList<(string Id, DateTimeOffset DeletedUtc)> List(DataRoot root)
    {
        var trash = Path.Combine(root.Runs, Name);
        try
        {
            return !Directory.Exists(trash) ? [] :
            [
                .. new DirectoryInfo(trash).EnumerateDirectories().Select(folder => (Id: IdOf(folder.Name), DeletedUtc: new DateTimeOffset(folder.LastWriteTimeUtc)))
                    .GroupBy(each => each.Id).Select(same => same.MaxBy(each => each.DeletedUtc)).OrderByDescending(each => each.DeletedUtc),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Emptied meanwhile, or not ours to read: then nothing can be restored from it either.
            return [];
        }
    }

    /// <summary>Removes what was deleted more than a week ago. What cannot be removed stays.</summary>
    /// <param name="root">The data folder.</param>
    /// <param name="kept">Called for a folder that cannot be removed, with the reason.</param>
    public static void Empty(DataRoot root, Action<string, string> kept)
    {
        var trash = Path.Combine(root.Runs, Name);
        if (!Directory.Exists(trash)) return;
        foreach (var folder in Directory.GetDirectories(trash))
        {
            try
            {
                // A date, not an interval: it holds from one start of the machine to the next.
                if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) > Kept) Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                kept(folder, error.Message);
            }
        }
    }

    private static void Move(string from, string to, bool touch)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            Directory.Move(from, to);
            if (touch) Directory.SetLastWriteTimeUtc(to, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{from} cannot be moved to {to}: {error.Message}", error);
        }
    }

    /// <summary>The highest number of those of this id; 0 when there is none.</summary>
    private static int Newest(string trash, string runId)
    {
        if (!Directory.Exists(trash)) return 0;
        return Directory.EnumerateFileSystemEntries(trash, runId + "*").Select(path => Path.GetFileName(path)[runId.Length..])
            .Select(rest => rest.Length == 0 ? 1 : rest.StartsWith(Mark(runId), StringComparison.Ordinal) && int.TryParse(rest.AsSpan(Mark(runId).Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .DefaultIfEmpty().Max();
    }

    private static string PathOf(string trash, string runId, int number) =>
        Path.Combine(trash, number == 1 ? runId : string.Create(CultureInfo.InvariantCulture, $"{runId}{Mark(runId)}{number}"));

    /// <summary>The id in a name that may end in a number.</summary>
    private static string IdOf(string name)
    {
        foreach (var mark in new[] { "::", "." })
        {
            var at = name.LastIndexOf(mark, StringComparison.Ordinal);
            if (at > 0 && int.TryParse(name.AsSpan(at + mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _) && Mark(name[..at]) == mark) return name[..at];
        }
        return name;
    }

    /// <summary>Separates an id from its number; cannot be part of a name. The ids that the site makes have no dot.</summary>
    private static string Mark(string runId) => Ids.IsValid("run", runId) ? "." : "::";
}
