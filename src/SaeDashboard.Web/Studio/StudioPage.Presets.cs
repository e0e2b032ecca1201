using Microsoft.AspNetCore.Components;
using SaeDashboard.Web.Presets;

namespace SaeDashboard.Web.Studio;

// What a preset's page brings: "studio?preset=preset-…" sets everything up as the preset has it.
public sealed partial class StudioPage
{
    private string? presetTaken;

    [Inject] private PresetService Presets { get; set; } = null!;

    /// <summary>A preset to set everything up as.</summary>
    [SupplyParameterFromQuery(Name = "preset")] public string? PresetQuery { get; set; }

    /// <summary>Once, then the address is the studio's own again, so that a reload does not undo what was changed since.</summary>
    private void TakeUpPreset(string id)
    {
        presetTaken = id;
        problem = null;
        // As on the preset's own page: a private one is found by its author alone.
        if (Presets.Find(id) is { } stored && (stored.Visibility == PresetVisibility.Public || stored.AuthorId == person)) Restore(SetUp.Of(stored.Preset));
        else problem = "Preset not found: it was deleted, or the link is from another machine.";
        Navigation.NavigateTo("studio", replace: true);
        Changed();
    }

    /// <summary>The rack between two presets; the rest of the set-up stays.</summary>
    private void TakeUpMorph(IReadOnlyList<RackStrip> named)
    {
        Setup.Change(draft =>
        {
            var sae = named.Any(strip => strip.Sae == draft.Sae) ? draft.Sae : (named.Count > 0 ? named[0].Sae : null) ?? draft.Sae;
            return draft with { Sae = sae, Rack = Rack.Rebase(named, null, sae) };
        }, "the morph");
        Changed();
    }
}
