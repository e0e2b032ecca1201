using MudBlazor;

namespace SaeDashboard.Web.Presets;

/// <summary>The dialog in which a preset is renamed.</summary>
public static class PresetDialogs
{
    private static readonly DialogOptions Options = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true };

    /// <summary>Asks for another name, and stays open until it is saved or given up.</summary>
    /// <param name="dialogs">The page's dialogs.</param>
    /// <param name="name">The name now.</param>
    /// <param name="save">Saves the new name; gives what went wrong, null: nothing.</param>
    public static async Task RenameAsync(IDialogService dialogs, string name, Func<string, Task<string?>> save)
    {
        var parameters = new DialogParameters<RenamePresetDialog> { { each => each.Name, name }, { each => each.Save, save } };
        var dialog = await dialogs.ShowAsync<RenamePresetDialog>("Rename", parameters, Options);
        await dialog.Result;
    }
}
