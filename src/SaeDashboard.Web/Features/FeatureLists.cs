using MudBlazor;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Features;

/// <summary>Lists of features and saved views: what a person may see of them, and a word to every open page when one changes.</summary>
public sealed class FeatureLists(FeatureListRepository lists, SavedViewRepository views, IStoreAccess store)
{
    /// <summary>A list or a view changed. Raised on the thread that made the change.</summary>
    public event Action? Changed;

    /// <summary>The lists of an SAE that a person may see, by name. In memory; it never changes.</summary>
    public IReadOnlyList<FeatureListRow> Of(string saeHash, Actor reader) => store.Read(() => lists.Visible(saeHash, reader));

    /// <summary>The saved views that a person may see, by name.</summary>
    public IReadOnlyList<SavedViewRow> ViewsOf(string saeHash, Actor reader) => store.Read(() => views.Visible(saeHash, reader));

    /// <summary>Runs a write on the lists.</summary>
    /// <exception cref="UserException">It was refused, or was not saved.</exception>
    public T WriteList<T>(Func<FeatureListRepository, T> write)
    {
        var result = store.Write(() => write(lists));
        Changed?.Invoke();
        return result;
    }

    /// <summary>Runs a write on the views.</summary>
    /// <exception cref="UserException">It was refused, or was not saved.</exception>
    public void WriteView(Action<SavedViewRepository> write)
    {
        store.Write(() => write(views));
        Changed?.Invoke();
    }

    /// <summary>Says that lists or views changed in another way: an import.</summary>
    public void Announce() => Changed?.Invoke();
}

/// <summary>Which SAE each person looked at last, so that Features opens it again.</summary>
public sealed class LastSae(Drafts drafts)
{
    private const string Key = "features-sae";

    /// <summary>Its id in the catalog; null: none yet. It may be gone.</summary>
    public string? Get(Actor actor) => drafts.Get(Key, actor) is { } json ? System.Text.Json.JsonSerializer.Deserialize<string>(json) : null;

    /// <summary>The one to open of these: the last one while it is among them, else the first; null: there are none.</summary>
    public string? Among(IReadOnlyList<CatalogSae> saes, Actor actor) => Get(actor) is { } last && saes.Any(sae => sae.Id == last) ? last : saes is [var first, ..] ? first.Id : null;

    /// <summary>Keeps it.</summary>
    public void Set(string saeId, Actor actor)
    {
        if (Get(actor) != saeId) drafts.Set(Key, System.Text.Json.JsonSerializer.Serialize(saeId), actor);
    }
}

/// <summary>What a person does to lists and views from a page, in their name, with one Undo for each; failures are shown in a notice. Scoped to the circuit.</summary>
public sealed class FeatureListActions(FeatureLists lists, PageWrites writes, ISnackbar notices)
{
    private const int NoticeMs = 10_000;

    /// <summary>"1 feature", "1,404 features".</summary>
    public static string Count(int features) => features == 1 ? "1 feature" : $"{Numbers.Count(features)} features";

    /// <summary>Adds features to a list; what went wrong, or null.</summary>
    public async Task<string?> AddAsync(FeatureListRow list, IReadOnlyList<int> features)
    {
        var done = new FeatureListChange([], []);
        if (await writes.TryAsync(actor => done = lists.WriteList(each => each.Change(list.Id, features, [], actor))) is { } problem) return problem;
        var known = features.Count - done.Added.Count;
        if (done.Added.Count == 0) notices.Add($"{(features.Count == 1 ? "It is" : "All of them are")} in “{list.Name}” already.", Severity.Normal);
        else Undoable($"Added {Count(done.Added.Count)} to “{list.Name}”.{(known > 0 ? $" {Numbers.Count(known)} {(known == 1 ? "was" : "were")} in it already." : "")}", list.Id, done);
        return null;
    }

    /// <summary>Takes features off a list.</summary>
    public async Task RemoveAsync(FeatureListRow list, IReadOnlyList<int> features)
    {
        var done = new FeatureListChange([], []);
        if (!await TryAsync(actor => done = lists.WriteList(each => each.Change(list.Id, [], features, actor)))) return;
        if (done.Removed.Count > 0) Undoable($"Removed {Count(done.Removed.Count)} from “{list.Name}”.", list.Id, done);
    }

    /// <summary>Makes a list; its id, or what went wrong.</summary>
    public async Task<(string? Id, string? Problem)> MakeAsync(string name, string saeHash, IReadOnlyList<int> features, bool shared)
    {
        string? id = null;
        var problem = await writes.TryAsync(actor => id = lists.WriteList(each => each.Add(name, saeHash, features, shared, actor)));
        if (problem is null) Undo($"Made the list “{name.Trim()}” with {Count(features.Count)}.", actor => Void(each => each.Delete(id!, actor)));
        return (id, problem);
    }

    /// <summary>Renames a list; what went wrong, or null.</summary>
    public Task<string?> RenameAsync(FeatureListRow list, string name) => writes.TryAsync(actor => Void(each => each.Rename(list.Id, name, actor)));

    /// <summary>Shows a list to others, or to its owner only.</summary>
    public Task ShareAsync(FeatureListRow list, bool shared) => TryAsync(actor => Void(each => each.Share(list.Id, shared, actor)));

    /// <summary>Deletes a list; tells whether that worked.</summary>
    public async Task<bool> DeleteAsync(FeatureListRow list)
    {
        if (!await TryAsync(actor => Void(each => each.Delete(list.Id, actor)))) return false;
        Undo($"Deleted the list “{list.Name}”. Its features stay.", actor => Void(each => each.Restore(list.Id, actor)));
        return true;
    }

    /// <summary>Saves a view; what went wrong, or null.</summary>
    public Task<string?> SaveViewAsync(string name, string query, string? saeHash, bool shared) => writes.TryAsync(actor => lists.WriteView(each => each.Add(name, query, saeHash, shared, actor)));

    /// <summary>Renames a view; what went wrong, or null.</summary>
    public Task<string?> RenameAsync(SavedViewRow view, string name) => writes.TryAsync(actor => lists.WriteView(each => each.Rename(view.Id, name, actor)));

    /// <summary>Shows a view to others, or to its owner only.</summary>
    public Task ShareAsync(SavedViewRow view, bool shared) => TryAsync(actor => lists.WriteView(each => each.Share(view.Id, shared, actor)));

    /// <summary>Deletes a view.</summary>
    public async Task DeleteAsync(SavedViewRow view)
    {
        if (await TryAsync(actor => lists.WriteView(each => each.Delete(view.Id, actor))))
            Undo($"Deleted the view “{view.Name}”.", actor => lists.WriteView(each => each.Restore(view.Id, actor)));
    }

    private void Void(Action<FeatureListRepository> write) => lists.WriteList(each =>
    {
        write(each);
        return true;
    });

    // What was added in the meantime by another person stays.
    private void Undoable(string message, string list, FeatureListChange done) => Undo(message, actor => lists.WriteList(each => each.Change(list, done.Removed, done.Added, actor)));

    private void Undo(string message, Action<Actor> undo) => notices.Add(message, Severity.Normal, notice =>
    {
        notice.Action = "Undo";
        notice.VisibleStateDuration = NoticeMs;
        notice.OnClick = _ => TryAsync(undo);
    });

    private async Task<bool> TryAsync(Action<Actor> act)
    {
        var problem = await writes.TryAsync(act);
        if (problem is not null) notices.Add(problem, Severity.Error);
        return problem is null;
    }
}
