using MudBlazor;
using SaeDashboard.Core;

namespace SaeDashboard.Web.Studio;

// What a person does with takes.
public sealed partial class StudioPage
{
    private async Task RenameAsync(string name)
    {
        if (take is null || name.Trim() == take.Name) return;
        await WriteAsync(take.Id, (id, actor) => Rows.Rename(id, name, actor));
    }

    private async Task RateAsync(int? stars)
    {
        if (take is not null) await WriteAsync(take.Id, (id, actor) => Rows.Rate(id, stars, actor));
    }

    private async Task DeleteAsync(string id)
    {
        await WriteAsync(id, Rows.Delete);
        Snackbar.Add("The take is deleted.", Severity.Normal, options =>
        {
            options.Action = "Undo";
            options.OnClick = _ => InvokeAsync(() => UndeleteAsync(id));
        });
        if (take?.Id == id) Navigation.NavigateTo("studio");
    }

    private Task UndeleteAsync() => take is null ? Task.CompletedTask : UndeleteAsync(take.Id);

    private Task UndeleteAsync(string id) => WriteAsync(id, Rows.Restore);

    /// <summary>One write of a person's, whose row is made first: takes made elsewhere have none.</summary>
    private async Task WriteAsync(string id, Action<string, Storage.Actor> write)
    {
        var actor = await Actors.GetAsync();
        try
        {
            Rows.Ensure(id, Shelf.Find(id)?.Name ?? "Unnamed take", actor);
            write(id, actor);
        }
        catch (UserException error)
        {
            problem = error.Message;
        }
        if (take?.Id == id) take = Shelf.Find(id);
        Look();
        StateHasChanged();
    }

    /// <summary>Sets everything up as it was for this take.</summary>
    private void RestoreSettings()
    {
        if (take is null) return;
        var before = Draft;
        var settings = take.Manifest.Settings;
        var sae = take.Manifest.SaeHash is { } hash ? Catalog.SaeByHash(hash) : settings.SaePath is { } path ? Catalog.SaeByPath(path) : null;
        Desk.Change(draft => draft with
        {
            Prompt = settings.Prompt ?? "",
            Seconds = take.Seconds > 0 ? Math.Round(take.Seconds, 2) : draft.Seconds,
            Seed = settings.Seed,
            SeedLocked = true,
            Guidance = settings.Guidance,
            Temperature = settings.Temperature,
            TopK = settings.TopK,
            Rows = settings.Rows,
            Sae = sae?.Id ?? draft.Sae,
            Rack = sae is null && settings.Steers.Count > 0 ? draft.Rack : Rack.From(settings.Steers),
        });
        Changed();
        Snackbar.Add($"Everything is set as for {take.Name}, its seed locked.", Severity.Normal, options =>
        {
            options.Action = "Undo";
            options.OnClick = _ => InvokeAsync(() =>
            {
                Desk.Change(_ => before);
                Changed();
            });
        });
    }
}
