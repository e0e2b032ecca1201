using System.Buffers;
using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// Which folders are runs, and which id each has: <c>runs/run-…</c> of the site, any <c>runs/first</c> that the command line made, and
/// <c>runs/grid/first</c> of several SAEs trained side by side, whose id is <c>grid:first</c>.
/// </summary>
internal static class RunPlaces
{
    private const char Separator = ':';
    private const int MaxName = 120;

    /// <summary>Addresses of other pages below runs/.</summary>
    private static readonly string[] Reserved = ["new", "compare"];

    /// <summary>The separator of ids, that of lists of ids, and what has a meaning in addresses and in HTML.</summary>
    private static readonly SearchValues<char> Unfit = SearchValues.Create(":,?#%&<>\"'\\");

    /// <summary>The files by which a folder is known as a run.</summary>
    private static readonly string[] Files = [RunPlans.FileName, "status.json", "lock"];

    /// <summary>The run's folder, whether it exists or not; null: the text cannot be a run's id.</summary>
    public static string? Find(DataRoot root, string id)
    {
        var names = id.Split(Separator);
        return names.Length <= 2 && names.All(name => Problem(name) is null) ? Path.Combine([root.Runs, .. names]) : null;
    }

    /// <summary>The run's folder, whether it exists or not.</summary>
    /// <exception cref="UserException">The text cannot be a run's id.</exception>
    public static string Of(DataRoot root, string id) => Find(root, id) ?? throw new UserException($"'{id}' is not the id of a run.");

    /// <summary>The id of the run in a folder; null: the folder is not below runs/.</summary>
    public static string? IdOf(DataRoot root, string folder)
    {
        var names = Path.GetRelativePath(root.Runs, folder).Split(Path.DirectorySeparatorChar);
        return names.Length <= 2 && names[0] != ".." ? string.Join(Separator, names) : null;
    }

    /// <summary>The folder that several SAEs trained side by side have in common; null: the run is alone.</summary>
    public static string? GroupOf(string id) => id.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var at ? id[..at] : null;

    /// <summary>When the run was planned, UTC.</summary>
    public static DateTimeOffset CreatedUtc(string id, string folder) =>
        Ids.CreatedUtc(id) ?? (Directory.Exists(folder) ? new DateTimeOffset(Directory.GetCreationTimeUtc(folder)) : DateTimeOffset.UtcNow);

    /// <summary>Every run there is, and why it has no address where its folder's name does not allow one.</summary>
    public static IEnumerable<(string Id, string? Problem)> All(DataRoot root)
    {
        foreach (var folder in Directory.EnumerateDirectories(root.Runs))
        {
            var name = Path.GetFileName(folder);
            if (name.StartsWith('.')) continue;
            if (Ids.IsValid("run", name) || IsRun(folder))
            {
                yield return (name, Problem(name) is { } problem ? $"{folder}: {problem} Rename the folder." : null);
                continue;
            }
            if (Problem(name) is not null) continue;
            foreach (var inner in Folders(folder).Where(IsRun))
            {
                var id = name + Separator + Path.GetFileName(inner);
                yield return (id, Problem(Path.GetFileName(inner)) is { } problem ? $"{inner}: {problem} Rename the folder." : null);
            }
        }
    }

    private static bool IsRun(string folder) => Files.Any(file => Path.Exists(Path.Combine(folder, file)));

    private static string[] Folders(string folder)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(folder).Where(path => !Path.GetFileName(path).StartsWith('.'))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not ours to look into, or removed meanwhile.
            return [];
        }
    }

    /// <summary>Why a folder of this name cannot have a page; null: it can.</summary>
    private static string? Problem(string name)
    {
        if (name.Length is 0 or > MaxName || name.StartsWith('.') || name.AsSpan().IndexOfAny('/', '\0') >= 0) return "the name cannot be part of an address.";
        if (Reserved.Contains(name)) return $"runs/{name} is the address of another page.";
        if (name.AsSpan().IndexOfAny(Unfit) is >= 0 and var at) return $"a name with a {name[at]} cannot be part of an address.";
        try
        {
            return PersonText.Name(name, "the name") == name ? null : "the name begins or ends with a space.";
        }
        catch (UserException error)
        {
            return error.Message;
        }
    }
}
