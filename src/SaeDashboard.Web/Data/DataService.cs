using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Data;

/// <summary>
/// Renames, deletes and restores what the Data page lists, and says what uses it. Looks at folders and the store: pages ask it away from the circuit,
/// when a person asked for something and not at a render. Any thread.
/// </summary>
internal sealed class DataService(
    DataTrash trash, ICatalog catalog, IRunRegistry runs, IServeClient worker, TakeFolders takes, FeatureLabels labels, PresetService presets, AuditRepository audit)
{
    private const int NamesShown = 3;

    /// <summary>Something was renamed, deleted or restored. On the thread that did it.</summary>
    public event Action? Changed;

    /// <summary>The folder of this path is back. On the thread that did it.</summary>
    public event Action<string>? Restored;

    /// <summary>Why it cannot be deleted now: who uses it, and what to do. Null: it can.</summary>
    public string? Obstacle(DataItem item)
    {
        if (item.Shipped) return $"{item.Name} came with the program and stays.";
        if (!trash.Holds(item.Kind, item.Path)) return $"{item.Path} is not in the data folder, so it is not deleted from here.";
        if (runs.Runs.FirstOrDefault(run => run.Active && Uses(run.Plan, item)) is { } run)
            return $"The run {run.Name} uses it and is {run.Status.State.Name()}. Cancel the run or wait until it ends.";
        if (takes.All.Any(take => take.Manifest.State is TakeState.Queued or TakeState.Running && (take.Manifest.Settings.ModelPath == item.Path || take.Manifest.Settings.SaePath == item.Path)))
            return "A take is being generated with it. Stop the take or wait until it ends.";
        if (item.Kind == DataKind.Model && worker.State.Model?.Path == item.Path) return "The music worker has it loaded. Generate something with another model, then delete this one.";
        return null;
    }

    /// <summary>What refers to it and what becomes of that, a sentence each.</summary>
    public IReadOnlyList<string> References(DataItem item)
    {
        var said = new List<string>();
        Say(said, [.. runs.Runs.Where(run => run.CanResume && Uses(run.Plan, item)).Select(run => run.Name)], "unfinished run", item.Kind == DataKind.Activations ? "will collect them again when resumed" : "cannot be resumed without it");
        switch (item.Kind)
        {
            case DataKind.Model:
                Say(said, [.. catalog.Saes.Where(sae => sae.ModelHash == item.Hash && item.Hash is not null).Select(sae => sae.Name)], "SAE", "can be browsed but not steered with");
                break;
            case DataKind.Dataset:
                Say(said, [.. catalog.Saes.Where(sae => sae.DatasetHash == item.Hash && item.Hash is not null).Select(sae => sae.Name)], "SAE", "loses the sound of its top clips");
                break;
            case DataKind.Sae when item.Hash is { } hash:
                if (labels.Current(hash).Count is > 0 and var count) said.Add($"{(count == 1 ? "1 label is" : $"{Format.Whole(count)} labels are")} kept, and shown again when the SAE or a copy of it is back.");
                Say(said, [.. presets.List.Where(preset => preset.SaeHash == hash).Select(preset => preset.Name)], "preset", "keeps its sound and the names of its features, but cannot be generated again");
                break;
            default:
                break;
        }
        return said;
    }

    /// <summary>Gives a model, a dataset or an SAE another name, which its folder keeps.</summary>
    /// <exception cref="UserException">The name is refused, or it cannot be kept.</exception>
    public void Rename(DataItem item, string name, Actor actor)
    {
        actor.Require(Rights.Research);
        if (item.Shipped || !trash.Holds(item.Kind, item.Path)) throw new UserException($"{item.Name} is not in the data folder and keeps its name.");
        if (!Directory.Exists(item.Path)) throw new UserException($"{item.Path} is not there any more. Rescan the data folder.");
        FolderName.Write(item.Path, name);
        audit.Write(actor, $"{item.Kind.Name()}.rename", item.Path);
        LookAgain();
    }

    /// <summary>Moves it to the trash; gives the id by which it is restored.</summary>
    /// <exception cref="UserException">Something uses it, or it cannot be moved.</exception>
    public string Delete(DataItem item, Actor actor)
    {
        actor.Require(Rights.Research);
        if (Obstacle(item) is { } obstacle) throw new UserException(obstacle);
        var id = trash.Put(item.Kind, item.Path, item.Name);
        try
        {
            audit.Write(actor, $"{item.Kind.Name()}.delete", item.Path);
        }
        catch
        {
            // Done whole or not at all.
            trash.TakeBack(item.Kind, id);
            throw;
        }
        LookAgain();
        return id;
    }

    /// <summary>Brings it back.</summary>
    /// <exception cref="UserException">It was removed meanwhile, its place is taken, or it cannot be moved.</exception>
    public void Restore(DataKind kind, string id, Actor actor)
    {
        actor.Require(Rights.Research);
        var place = trash.TakeBack(kind, id);
        audit.Write(actor, $"{kind.Name()}.restore", place);
        Restored?.Invoke(place);
        LookAgain();
    }

    /// <summary>What can be restored, the last deleted first. It lists folders.</summary>
    public IReadOnlyList<DeletedData> Deleted() => trash.List();

    // The catalog looks by itself within seconds; this is only sooner.
    private void LookAgain()
    {
        _ = catalog.RescanAsync(CancellationToken.None);
        Changed?.Invoke();
    }

    private static bool Uses(RunPlan plan, DataItem item) => item.Kind switch
    {
        DataKind.Model => plan.ModelPath == item.Path,
        DataKind.Dataset => plan.DatasetPath == item.Path,
        DataKind.Activations => plan.ActivationsPath == item.Path,
        _ => plan.SaePath == item.Path,
    };

    private static void Say(List<string> said, IReadOnlyList<string> names, string what, string then)
    {
        if (names.Count == 0) return;
        var shown = string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", …" : "");
        said.Add($"{names.Count} {what}{(names.Count == 1 ? "" : "s")} ({shown}): {(names.Count == 1 ? "it" : "each")} {then}.");
    }
}

/// <summary>One thing of the Data page.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Its folder, absolute.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Hash">Of its contents; null: not known.</param>
/// <param name="Shipped">Whether it came with the program.</param>
public sealed record DataItem(DataKind Kind, string Path, string Name, string? Hash, bool Shipped)
{
    /// <summary>What a catalog's entry is.</summary>
    public static DataItem Of(CatalogEntry entry) => new(
        entry switch { CatalogModel => DataKind.Model, CatalogDataset => DataKind.Dataset, CatalogSae => DataKind.Sae, _ => throw new ArgumentOutOfRangeException(nameof(entry), entry, null) },
        entry.Path, entry.Name, entry.Hash, entry.Shipped);

    /// <summary>"model", "dataset", "SAE", "activations": for sentences.</summary>
    public string Word => Words(Kind);

    /// <inheritdoc cref="Word"/>
    public static string Words(DataKind kind) => kind == DataKind.Sae ? "SAE" : kind.Name();
}
