using SaeDashboard.Storage;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Data;

/// <summary>What was deleted and can still be restored: runs, takes, presets, and what the Data page lists.</summary>
internal sealed class DeletedThings(IRunRegistry runs, TakeService takes, PresetService presets, DataService data)
{
    /// <summary>The last list: a page shows it at once and asks for the next. Null before the first.</summary>
    public IReadOnlyList<DeletedThing>? Latest { get; private set; }

    /// <summary>Lists them, the last deleted first, on another thread: folders are listed.</summary>
    public Task<IReadOnlyList<DeletedThing>> ListAsync() => Task.Run(() => Latest =
    [
        .. runs.Deleted().Select(run => new DeletedThing("run", run.Id, run.Name, run.DeletedUtc, run.UntilUtc, actor => runs.Restore(run.Id, actor)))
            .Concat(takes.Deleted().Select(take => new DeletedThing("take", take.Id, take.Name, take.DeletedUtc, null, actor => takes.Restore(take.Id, actor))))
            .Concat(presets.Deleted().Select(preset => new DeletedThing("preset", preset.Id, preset.Name, preset.DeletedUtc, null, actor => presets.Restore(preset.Id, actor))))
            .Concat(data.Deleted().Select(each => new DeletedThing(DataItem.Words(each.Kind), each.Id, each.Name, each.DeletedUtc, each.UntilUtc, actor => data.Restore(each.Kind, each.Id, actor))))
            .OrderByDescending(thing => thing.DeletedUtc),
    ]);
}

/// <summary>Something that can be restored.</summary>
/// <param name="Kind">What it is, for people.</param>
/// <param name="Id">Its id among the deleted things.</param>
/// <param name="Name">What people called it.</param>
/// <param name="DeletedUtc">When it was deleted.</param>
/// <param name="UntilUtc">When it is removed for good, at the next start of the site after that; null: never by itself.</param>
/// <param name="Restore">Brings it back; throws <see cref="SaeDashboard.Core.UserException"/> with what to do when that fails.</param>
internal sealed record DeletedThing(string Kind, string Id, string Name, DateTimeOffset DeletedUtc, DateTimeOffset? UntilUtc, Action<Actor> Restore);
