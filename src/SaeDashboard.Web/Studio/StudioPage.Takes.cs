using MudBlazor;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Studio;

// What a person does with takes.
public sealed partial class StudioPage
{
    /// <summary>Renames the take that is shown; gives what went wrong, for the field that keeps what was typed.</summary>
    private async Task<string?> RenameAsync(string name)
    {
        if (take is not { } shown || name == shown.Name) return null;
        var wrong = await Writes.TryAsync(actor => Service.Rename(shown.Id, name, actor));
        Refresh();
        StateHasChanged();
        return wrong;
    }

    // Whose stars are set.
    private string person = "";

    private async Task RateAsync(int? stars)
    {
        if (take is { } shown) await WriteAsync(actor => Service.Rate(shown.Id, stars, actor));
    }

    private async Task DeleteAsync(string id)
    {
        if (!await WriteAsync(actor => Service.Delete(id, actor))) return;
        var wasOpen = take?.Id == id;
        Snackbar.Add("Take deleted. The Data page lists it under Deleted.", Severity.Normal, options =>
        {
            options.Action = "Undo";
            // It is shown again where it was shown.
            options.OnClick = _ => InvokeAsync(async () =>
            {
                if (await UndeleteAsync(id) && wasOpen) Navigation.NavigateTo($"studio/takes/{id}");
            });
        });
        if (wasOpen) Navigation.NavigateTo("studio");
    }

    private Task UndeleteAsync() => take is null ? Task.CompletedTask : UndeleteAsync(take.Id);

    private Task<bool> UndeleteAsync(string id) => WriteAsync(actor => Service.Restore(id, actor));

    /// <summary>One write of a person's; one that failed is said, with a button that tries it again.</summary>
    private async Task<bool> WriteAsync(Action<Actor> write)
    {
        var wrong = await Writes.TryAsync(write);
        if (wrong is not null)
        {
            Snackbar.Add(wrong, Severity.Error, options =>
            {
                options.Action = "Try again";
                options.RequireInteraction = true;
                options.OnClick = _ => InvokeAsync(() => WriteAsync(write));
            });
        }
        Refresh();
        StateHasChanged();
        return wrong is null;
    }

    /// <summary>Sets everything up as it was for this take.</summary>
    private void RestoreSettings()
    {
        if (take is { } shown) Restore(SetUp.Of(shown.Name, shown.Manifest));
    }

    // What the next take would have that the shown one has not; none while it is made.
    private IReadOnlyList<string> Differences() => take is null || running || take.Manifest.State == TakeState.Unreadable ? []
        : SetupDifference.Of(Draft, SetUp.Of(take.Name, take.Manifest).On(Draft, Catalog), strip => StripName(strip.Sae, strip.Feature));
}
