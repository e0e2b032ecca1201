using MudBlazor;

namespace SaeDashboard.Web.Presets;

/// <summary>The dialog in which a preset is renamed.</summary>
public static class PresetDialogs
{
    private static readonly DialogOptions Options = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true };

    /// <summary>Asks for another name.</summary>
    /// <returns>The name; null when it stays.</returns>
    public static async Task<string?> RenameAsync(IDialogService dialogs, string name)
    {
        var parameters = new DialogParameters<RenamePresetDialog> { { each => each.Name, name } };
        var dialog = await dialogs.ShowAsync<RenamePresetDialog>("Rename", parameters, Options);
        return await dialog.Result is { Canceled: false, Data: string answer } ? answer : null;
    }
}
