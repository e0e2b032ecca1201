using Microsoft.AspNetCore.Components;

namespace SaeDashboard.Web.Studio;

// What comes from elsewhere: "studio?settings=…" restores the set-up that a WAV file carries, or a preset's with another SAE's features.
public sealed partial class StudioPage
{
    private string? setUpTaken;

    [Inject] private SetUpInbox Inbox { get; set; } = null!;

    /// <summary>The word of a set-up in the inbox.</summary>
    [SupplyParameterFromQuery(Name = "settings")] public string? SettingsQuery { get; set; }

    /// <summary>Once, then the address is the studio's own again, so that a reload does not undo what was changed since.</summary>
    private void TakeUpSetUp(string word)
    {
        setUpTaken = word;
        problem = null;
        if (Inbox.Find(word) is { } setUp) Restore(setUp);
        else problem = "These settings are not here any more: the site restarted, or they were taken up long ago. Drop the file again.";
        Navigation.NavigateTo("studio", replace: true);
        Changed();
    }

    /// <summary>Sets everything up as a take, a file or a preset has it. What cannot be set is reported, not dropped in silence.</summary>
    private void Restore(SetUp setUp)
    {
        var before = Draft;
        var missing = setUp.Missing(Catalog);
        Setup.Change(draft => setUp.On(draft, Catalog, Setup.P99), "the restored settings");
        // It stays on the page until the next change; the notice goes.
        problem = missing.Count > 0 ? string.Join(" ", missing) : null;
        Changed();
        Undoable($"Settings restored from “{setUp.Name}” (seed locked).", before);
    }
}
