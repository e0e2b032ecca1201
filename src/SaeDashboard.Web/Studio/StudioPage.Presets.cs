using Microsoft.AspNetCore.Components;
using SaeDashboard.Core;
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
        try
        {
            Set(id);
        }
        catch (UserException error)
        {
            problem = error.Message;
        }
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

    private void Set(string id)
    {
        var preset = Presets.Find(id)?.Preset ?? throw new UserException("Preset not found: it was deleted, or the link is from another machine.");
        var sae = Catalog.SaeByHash(preset.Sae.WeightsHash)
            ?? throw new UserException($"The preset steers features of the SAE “{preset.Sae.Name}” ({preset.Sae.WeightsHash[..12]}…), which is not here. Put its folder into saes/ of the data folder and rescan on the Data page.");
        var before = Draft;
        var rack = Rack.From([.. preset.Steers.Select(steer => new TakeSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99))], _ => null);
        Setup.Change(draft => draft with
        {
            Prompt = preset.Prompt ?? "",
            Seconds = Math.Round(preset.Frames / preset.Model.FrameRate, 2),
            Seed = preset.Seed,
            SeedLocked = true,
            Guidance = preset.Guidance,
            Temperature = preset.Temperature,
            TopK = preset.TopK,
            Rows = preset.Rows,
            Sae = sae.Id,
            Rack = rack,
        }, "the settings of a preset");
        // A value that the Studio cannot set is reported, not dropped in silence.
        var whole = preset.TopP >= 1 && rack.Select(strip => (strip.Feature, strip.Strength, strip.Mode)).SequenceEqual(preset.Steers.Select(steer => (steer.Feature, steer.Strength, steer.Mode)));
        Undoable($"Settings restored from “{preset.Name}” (seed locked).{(whole ? "" : " The Studio cannot set some of its values: “Reproduce” on the preset's page makes it exactly.")}", before);
    }
}
