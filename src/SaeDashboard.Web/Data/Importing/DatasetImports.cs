using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Importing;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Data.Importing;

/// <summary>What a folder of sounds would become, before anything is encoded.</summary>
/// <param name="Folder">Absolute.</param>
/// <param name="Table">The table's name, relative to the folder; null: there is none.</param>
/// <param name="Tables">Tables that lie in the folder.</param>
/// <param name="Columns">The table's columns.</param>
/// <param name="Rows">Its first rows, one text for each column.</param>
/// <param name="File">The column with the files' names; null: not found.</param>
/// <param name="Caption">The column with the captions; null: none.</param>
/// <param name="Sounds">Sounds that would be read.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Kinds">How many of each ending.</param>
/// <param name="Groups">Groups that stay together.</param>
/// <param name="NeedsFfmpeg">Sounds that would be refused because ffmpeg is missing.</param>
/// <param name="Install">The command that installs ffmpeg; null: it is there.</param>
/// <param name="Refused">What is refused before a sound is opened, by reason.</param>
/// <param name="First">The first of those.</param>
/// <param name="Problem">Why the folder cannot be imported like this; null: it can.</param>
public sealed record ImportPreview(
    string Folder, string? Table, IReadOnlyList<string> Tables, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string? File, string? Caption, int Sounds, long Bytes,
    IReadOnlyList<(string Kind, int Count)> Kinds, int Groups, int NeedsFfmpeg, string? Install, IReadOnlyList<(ImportRefusalReason Reason, int Count)> Refused, IReadOnlyList<ImportRefusal> First, string? Problem);

/// <summary>Shows what a folder of sounds holds, and starts the run that makes a dataset of it. It reads folders: pages ask it away from the circuit. Any thread.</summary>
public sealed class DatasetImports(IRunRegistry registry, DataRoot root)
{
    private const int RowsShown = 6, ColumnsShown = 30, RefusedShown = 8, CellShown = 200, FoldersShown = 200, TablesShown = 20;

    private readonly Lock starting = new();

    /// <summary>The folders in sounds/, which people put there.</summary>
    public IReadOnlyList<string> Folders()
    {
        try
        {
            return Directory.Exists(root.Sounds)
                ? [.. Directory.EnumerateDirectories(root.Sounds).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal).Take(FoldersShown)]
                : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{root.Sounds} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Looks at a folder. What is wrong with it is part of the answer.</summary>
    /// <exception cref="OperationCanceledException">The page was left.</exception>
    public ImportPreview Preview(ImportPlan plan, CancellationToken cancellation)
    {
        var blank = new ImportPreview(plan.Folder, null, [], [], [], null, null, 0, 0, [], 0, 0, null, [], [], null);
        try
        {
            plan = Placed(plan);
            var folder = plan.Folder;
            var tables = Tables(folder);
            blank = blank with { Folder = folder, Tables = tables };
            var own = plan.Table is null ? SoundFolder.OwnTable(folder) : Path.GetFullPath(plan.Table, folder);
            if (own is not null)
            {
                if (!root.Allows(own)) throw new UserException($"{own} leads out of {root.Path}.");
                var table = CaptionTable.Read(own, RowsShown);
                blank = blank with
                {
                    Table = Path.GetRelativePath(folder, own), Columns = [.. table.Columns.Take(ColumnsShown)],
                    Rows = [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. Enumerable.Range(0, Math.Min(ColumnsShown, table.Columns.Count)).Select(at => Shown(CaptionTable.Cell(row, at)))])],
                    File = plan.FileColumn ?? (table.Find(ImportColumns.FileName) is not null ? ImportColumns.FileName : null),
                    Caption = plan.CaptionColumn ?? ImportColumns.CaptionNames.FirstOrDefault(name => table.Find(name) is not null),
                };
            }
            return Filled(blank, SoundFolder.Read(plan, followLinks: false, cancellation));
        }
        catch (UserException error)
        {
            return blank with { Problem = error.Message };
        }
    }

    /// <summary>The dataset's folder for a name that a person typed: letters, digits, dots and hyphens.</summary>
    public static string FolderOf(string name)
    {
        var folder = new StringBuilder();
        foreach (var rune in name.Trim().EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '_') folder.Append(rune.ToString());
            else if (folder.Length > 0 && folder[^1] != '-') folder.Append('-');
        }
        return folder.ToString().Trim('-', '.');
    }

    /// <summary>Starts the run.</summary>
    /// <param name="plan">How.</param>
    /// <param name="model">The model whose codec encodes.</param>
    /// <param name="name">The dataset's name.</param>
    /// <param name="actor">Who asks.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="UserException">The name is taken, the folder cannot be used, or the run cannot be started.</exception>
    public string Start(ImportPlan plan, CatalogModel model, string name, Actor actor)
    {
        name = PersonText.Name(name, "The dataset's name", 80);
        if (FolderOf(name) is not { Length: > 0 } folder) throw new UserException("The dataset's name has no letter and no digit: a folder is named by it.");
        if (plan.Shares.Problem is { } problem) throw new UserException($"The shares of the splits cannot be used: {problem}.");
        var target = Path.Combine(root.Datasets, folder);
        lock (starting)
        {
            if (registry.Runs.FirstOrDefault(run => run.Plan.Kind == RunKind.Import && run.Plan.DatasetPath == target && (run.Active || run.CanResume)) is { } other)
                throw new UserException($"The run {other.Name} makes a dataset {folder}: {(other.Active ? "wait for it or cancel it" : "resume it or delete it")}, or give this one another name.");
            return registry.Start(
                new RunPlan { Kind = RunKind.Import, ModelPath = model.Path, DatasetPath = target, Layer = 0, ActivationsPath = "", SaePath = "", Import = Placed(plan) }, $"Import of {name}", actor);
        }
    }

    /// <summary>What a finished import made, and the first files and rows that it refused; null: it is not there any more.</summary>
    public static (ImportReport Report, IReadOnlyList<ImportRefusal> Refused)? Outcome(string dataset, int most)
    {
        try
        {
            if (ImportedDataset.Report(dataset) is not { } report) return null;
            return (report, [.. JsonLines.Read<ImportRefusal>(Path.Combine(dataset, ImportReport.RefusedName), tolerateTornEnd: true).Take(most)]);
        }
        catch (UserException)
        {
            return null;
        }
    }

    private ImportPlan Placed(ImportPlan plan)
    {
        if (plan.Folder.Contains('\0', StringComparison.Ordinal) || plan.Table?.Contains('\0', StringComparison.Ordinal) == true) throw new UserException("A path has no character of value 0.");
        // A name alone is a folder in sounds/.
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(plan.Folder, root.Sounds));
        if (!root.Allows(folder)) throw new UserException($"{plan.Folder} is outside the folders that this site may read. Put the sounds into {root.Sounds}/NAME.");
        if (!Directory.Exists(folder)) throw new UserException($"{folder} does not exist. Put the sounds there, or choose another folder.");
        return plan with { Folder = folder };
    }

    private static ImportPreview Filled(ImportPreview blank, SoundFolder found) => blank with
    {
        Sounds = found.Items.Count,
        Bytes = found.Items.Sum(item => item.Bytes),
        Kinds = [.. found.Items.CountBy(item => Path.GetExtension(item.File).TrimStart('.').ToLowerInvariant()).OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value))],
        Groups = found.Items.DistinctBy(item => item.Group).Count(),
        NeedsFfmpeg = Ffmpeg.IsInstalled ? 0 : found.Items.Count(item => !Path.GetExtension(item.File).StartsWith(".wav", StringComparison.OrdinalIgnoreCase)),
        Install = Ffmpeg.IsInstalled ? null : Ffmpeg.InstallCommand,
        Refused = [.. found.Refused.CountBy(each => each.Reason).OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value))],
        First = [.. found.Refused.Take(RefusedShown)],
        Problem = found.Items.Count == 0 ? $"Nothing to import. {ImportedDataset.Said(found.Refused)}" : null,
    };

    private static IReadOnlyList<string> Tables(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.') && Path.GetExtension(name).ToLowerInvariant() is ".csv" or ".tsv" or ".jsonl" or ".ndjson").Order(StringComparer.Ordinal).Take(TablesShown)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be read: {error.Message}", error);
        }
    }

    private static string Shown(string cell) => cell.Length > CellShown ? cell[..CellShown] + "…" : cell;
}
