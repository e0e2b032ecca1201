using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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

/// <summary>Where a planned run keeps things, and whether it may.</summary>
internal static class RunPlans
{
    public const string FileName = "config.json";

    /// <summary>
    /// Fills in the places that were left open. Runs with the same model, data, place, condition, split, clips and number types share
    /// activations: the folder is named by them.
    /// </summary>
    public static RunPlan Complete(RunPlan plan, DataRoot root)
    {
        plan = plan with { ModelPath = Path.GetFullPath(plan.ModelPath), DatasetPath = Path.GetFullPath(plan.DatasetPath), Device = ComputeNames.Normal(plan.Device) };
        if (plan.ActivationsPath.Length == 0 && plan.Kind == RunKind.Train)
        {
            var clips = plan.Clips?.ToString(CultureInfo.InvariantCulture) ?? "all";
            var what = string.Create(CultureInfo.InvariantCulture, $"{plan.ModelPath}\n{plan.DatasetPath}\n{plan.Layer}\n{plan.Condition}\n{plan.Split}\n{clips}");
            // Folders from before there was a choice keep their names.
            if (plan.Point != SaeHook.ResidualPost) what += $"\n{plan.Hook}";
            if (plan.ComputeType != ComputeNames.Float32) what += $"\n{plan.ComputeType}";
            if (plan.Store != ComputeNames.Float32) what += $"\nkept as {plan.Store}";
            var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))[..8];
            plan = plan with { ActivationsPath = Path.Combine(root.Activations, string.Create(CultureInfo.InvariantCulture, $"layer{plan.Layer}{(plan.Point == SaeHook.ResidualPost ? "" : $"-{plan.Point}")}-{clips}-{key}")) };
        }
        if (plan.SaePath.Length == 0 && plan.Kind != RunKind.Import) plan = plan with { SaePath = Path.Combine(root.Saes, Ids.New("sae")) };
        return plan;
    }

    /// <exception cref="UserException">A folder is missing, or outside the folders that the site may read.</exception>
    public static void RequireFolders(RunPlan plan, DataRoot root)
    {
        Require(plan.ModelPath, "config.json", "model");
        if (plan.Kind == RunKind.Import) RequireImport(plan, root);
        else Require(plan.DatasetPath, "metadata.jsonl", "dataset");
        foreach (var path in new[] { plan.ActivationsPath, plan.SaePath })
        {
            if (path.Length > 0 && !root.Allows(path)) throw new UserException($"{path} is outside the data folder {root.Path}.");
        }

        void Require(string path, string file, string what)
        {
            if (!root.Allows(path)) throw new UserException($"The {what} {path} is outside {string.Join(" and ", root.AllowedRoots)}. Move it there.");
            if (!File.Exists(Path.Combine(path, file))) throw new UserException($"{path} isn't a {what}: it has no {file}.");
        }
    }

    private static void RequireImport(RunPlan plan, DataRoot root)
    {
        var folder = plan.Import?.Folder ?? throw new UserException("The plan says not what to import.");
        if (!root.Allows(folder)) throw new UserException($"{folder} is outside {string.Join(" and ", root.AllowedRoots)}. Put the sounds into {root.Sounds}/NAME.");
        if (!Directory.Exists(folder)) throw new UserException($"{folder} does not exist.");
        if (plan.Import.Table is { } table && !root.Allows(Path.GetFullPath(table, folder))) throw new UserException($"The table {table} is outside {string.Join(" and ", root.AllowedRoots)}. Put it into the folder of the sounds.");
        if (!root.Allows(plan.DatasetPath)) throw new UserException($"{plan.DatasetPath} is outside the data folder {root.Path}.");
        if (Path.Exists(plan.DatasetPath)) throw new UserException($"There is a dataset {Path.GetFileName(plan.DatasetPath)} already: give the new one another name.");
    }
}
