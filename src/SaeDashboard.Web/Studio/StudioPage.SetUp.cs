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
        if (Inbox.Find(word) is { } setUp)
        {
            var before = Draft;
            var missing = setUp.Missing(Catalog);
            Setup.Change(draft => setUp.On(draft, Catalog));
            // What is missing stays on the page until the next change of it; the notice goes.
            if (missing.Count > 0) problem = string.Join(" ", missing);
            Undoable($"Settings restored from “{setUp.Name}” (seed locked).", before);
        }
        else
        {
            problem = "These settings are not here any more: the site restarted, or they were taken up long ago. Drop the file again.";
        }
        Navigation.NavigateTo("studio", replace: true);
        Changed();
    }
}
