using MudBlazor;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>What a person does to a run from a page, in their name; failures are shown in a notice. Scoped to the circuit.</summary>
public sealed class RunActions(IRunRegistry registry, SaeRuns maker, PageWrites writes, ISnackbar notices)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks the run to stop, with Undo: a stray key costs nothing.</summary>
    public async Task CancelAsync(RunView run)
    {
        if (await TryAsync(actor => registry.Cancel(run.Id, actor))) Undoable($"Cancelled {run.Name}. What it has saved is kept.", () => TakeBackCancelAsync(run.Id));
    }

    /// <summary>Asks the run to keep its state and make room.</summary>
    public Task PauseAsync(RunView run) => TryAsync(actor => registry.Pause(run.Id, actor));

    /// <summary>Keeps one of its checkpoints whatever comes after it, or lets it go like the others.</summary>
    public Task PinAsync(RunView run, long step, bool pinned) => TryAsync(actor => registry.Pin(run.Id, step, pinned, actor));

    /// <summary>Starts a run that makes an SAE of one of its checkpoints; the new run's id, or null.</summary>
    public async Task<string?> ExportAsync(RunView run, long step)
    {
        string? made = null;
        await TryAsync(actor => made = maker.Export(run, step, actor));
        return made;
    }

    /// <summary>Starts a run that indexes an SAE; its id, or null.</summary>
    public async Task<string?> IndexAsync(CatalogSae sae, CatalogModel model, CatalogDataset dataset)
    {
        string? made = null;
        await TryAsync(actor => made = maker.Index(sae, model, dataset, actor));
        return made;
    }

    /// <summary>Starts a run that chooses the clips that names of an SAE's features are tested on; its id, or null.</summary>
    public async Task<string?> ChooseClipsAsync(CatalogSae sae, CatalogModel model, CatalogDataset dataset)
    {
        string? made = null;
        await TryAsync(actor => made = maker.ChooseClips(sae, model, dataset, actor));
        return made;
    }

    /// <summary>Starts a run that measures strength ladders of an SAE's features; its id, or null.</summary>
    public async Task<string?> LadderAsync(CatalogSae sae, CatalogModel model, CatalogDataset dataset, IReadOnlyList<int> features, string into)
    {
        string? made = null;
        await TryAsync(actor => made = maker.Ladder(sae, model, dataset, features, into, actor));
        return made;
    }

    /// <summary>Starts a run that measures a difference of means where an SAE reads and writes; its id, or null.</summary>
    public async Task<string?> DirectionAsync(CatalogSae sae, CatalogModel model, CatalogDataset dataset, RunDirection direction, bool captions)
    {
        string? made = null;
        await TryAsync(actor => made = maker.Direction(sae, model, dataset, direction, captions, actor));
        return made;
    }

    /// <summary>Resumes it.</summary>
    public Task ResumeAsync(RunView run) => TryAsync(actor => registry.Resume(run.Id, actor));

    /// <summary>Gives it another name; tells whether that worked.</summary>
    public Task<bool> RenameAsync(RunView run, string name) => TryAsync(actor => registry.Rename(run.Id, PersonText.Name(name, "The run's name"), actor));

    /// <summary>Puts it into the trash, with Undo; tells whether that worked.</summary>
    public async Task<bool> DeleteAsync(RunView run)
    {
        if (!await TryAsync(actor => registry.Delete(run.Id, actor))) return false;
        var stays = run.SaeMade || run.SaeReady ? " Its SAE stays." : run.Plan.Kind == RunKind.Train ? " What it collected stays." : "";
        Undoable($"Deleted {run.Name}.{stays} The Data page lists it for {RunTrash.Kept.Days} days.", () => RestoreAsync(run.Id));
        return true;
    }

    /// <summary>Changes its tags and its note; what went wrong, or null.</summary>
    public Task<string?> RemarkAsync(RunView run, IReadOnlyList<string> add, IReadOnlyList<string> remove, string note) => writes.TryAsync(actor =>
    {
        if (add.Count + remove.Count > 0) registry.Tag(run.Id, add, remove, actor);
        if (note != run.Note) registry.SetNote(run.Id, note, actor);
    });

    /// <summary>Does to several runs what was confirmed, with one Undo for all of them.</summary>
    /// <returns>Those it was done to.</returns>
    public async Task<IReadOnlyList<RunView>> DoAsync(RunBulk bulk)
    {
        var (done, problems) = (new List<RunView>(), new List<string>());
        foreach (var run in bulk.Runs)
        {
            if (await writes.TryAsync(actor => Do(bulk, run.Id, actor)) is { } problem) problems.Add(problem);
            else done.Add(run);
        }
        if (problems.Count > 0) notices.Add($"{RunBulk.Count(problems.Count)} left as before. {problems[0]}", Severity.Error);
        if (done.Count > 0) Undoable(bulk.Said(done.Count), () => Task.WhenAll(done.Select(run => UndoAsync(bulk, run.Id))));
        return done;
    }

    /// <summary>Brings a deleted run back; tells whether that worked.</summary>
    public Task<bool> RestoreAsync(string runId) => TryAsync(actor => registry.Restore(runId, actor));

    private void Do(RunBulk bulk, string runId, Actor actor)
    {
        switch (bulk.Kind)
        {
            case RunBulkKind.Tag:
                registry.Tag(runId, [bulk.Tag], [], actor);
                break;
            case RunBulkKind.Cancel:
                registry.Cancel(runId, actor);
                break;
            case RunBulkKind.Delete:
                registry.Delete(runId, actor);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(bulk), bulk.Kind, null);
        }
    }

    private Task UndoAsync(RunBulk bulk, string runId) => bulk.Kind switch
    {
        RunBulkKind.Tag => TryAsync(actor => registry.Tag(runId, [], [bulk.Tag], actor)),
        RunBulkKind.Cancel => TakeBackCancelAsync(runId),
        _ => RestoreAsync(runId),
    };

    private async Task TakeBackCancelAsync(string runId)
    {
        if (!await TryAsync(actor => registry.TakeBackRequest(runId, actor))) return;
        // A worker that has seen the request ends all the same, in its own time: then the run is resumed.
        for (var left = Patience; left > TimeSpan.Zero && registry.Find(runId) is { } run; left -= Pause)
        {
            // Cancelled once more in the meantime, on purpose.
            if (registry.IsStopping(runId)) return;
            if (run.CanResume)
            {
                await TryAsync(actor => registry.Resume(runId, actor));
                return;
            }
            await Task.Delay(Pause);
        }
    }

    private void Undoable(string message, Func<Task> undo) => notices.Add(message, Severity.Normal, notice =>
    {
        notice.Action = "Undo";
        notice.VisibleStateDuration = 10_000;
        notice.OnClick = _ => undo();
    });

    private async Task<bool> TryAsync(Action<Actor> act)
    {
        var problem = await writes.TryAsync(act);
        if (problem is not null) notices.Add(problem, Severity.Error);
        return problem is null;
    }
}
