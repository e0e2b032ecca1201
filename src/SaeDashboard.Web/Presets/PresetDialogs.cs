using MudBlazor;

namespace SaeDashboard.Web.Presets;

/// <summary>The dialogs in which presets are named.</summary>
public static class PresetDialogs
{
    private static readonly DialogOptions Options = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true };

    /// <summary>“Save as preset”: asks for a name and keeps the take.</summary>
    /// <param name="dialogs">The circuit's dialogs.</param>
    /// <param name="takeId">A finished take.</param>
    /// <param name="name">What the field holds at first.</param>
    /// <returns>The new preset's id; null when the person thought better of it.</returns>
    public static async Task<string?> SaveAsync(IDialogService dialogs, string takeId, string name)
    {
        var parameters = new DialogParameters<SavePresetDialog> { { dialog => dialog.TakeId, takeId }, { dialog => dialog.Name, name } };
        return await ResultAsync(await dialogs.ShowAsync<SavePresetDialog>("Save as preset", parameters, Options));
    }

    /// <summary>Asks for another name.</summary>
    /// <returns>The name; null when it stays.</returns>
    public static async Task<string?> RenameAsync(IDialogService dialogs, string name)
    {
        var parameters = new DialogParameters<RenamePresetDialog> { { dialog => dialog.Name, name } };
        return await ResultAsync(await dialogs.ShowAsync<RenamePresetDialog>("Rename", parameters, Options));
    }

    private static async Task<string?> ResultAsync(IDialogReference reference) => await reference.Result is { Canceled: false, Data: string answer } ? answer : null;
}
