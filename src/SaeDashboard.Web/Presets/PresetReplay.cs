using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Presets;

/// <summary>“Generate here”: makes a preset again as a new take and holds its codes against the preset's.</summary>
public sealed class PresetReplay(DataRoot root, ICatalog catalog, IServeClient serve, TakeService takes)
{
    /// <summary>What a preset asks for, with the model and the SAE of this machine.</summary>
    /// <exception cref="UserException">One of them is not here.</exception>
    public TakeSettings Settings(SteeringPreset preset)
    {
        var model = catalog.ModelByHash(preset.Model.WeightsHash) ?? throw Missing("model", preset.Model.Name, preset.Model.WeightsHash, "models");
        var sae = catalog.SaeByHash(preset.Sae.WeightsHash) ?? throw Missing("SAE", preset.Sae.Name, preset.Sae.WeightsHash, "saes");
        return PresetSettings.ToTake(preset, model.Path, sae.Path, hash => hash == preset.Sae.WeightsHash ? sae.Path
            : catalog.SaeByHash(hash)?.Path ?? throw Missing("SAE", preset.Saes?.FirstOrDefault(each => each.WeightsHash == hash)?.Name ?? "unnamed", hash, "saes"));
    }

    /// <summary>Asks the worker for the new take.</summary>
    /// <returns>The take's id.</returns>
    /// <exception cref="UserException">The model or the SAE is not here, or the worker cannot take it on.</exception>
    public async Task<string> StartAsync(SteeringPreset preset, Actor actor, CancellationToken ct)
    {
        actor.Require(Rights.Generate);
        var takeId = await serve.StartTakeAsync(Settings(preset), ct);
        // The take is made whether its name can be saved or not.
        takes.Register(takeId, preset.Name, actor);
        return takeId;
    }

    /// <summary>Holds a take's codes against the preset's, arm by arm; null until the take is done.</summary>
    /// <exception cref="UserException">The take's codes cannot be read, or cannot be held against these.</exception>
    public IReadOnlyList<ArmComparison>? Compare(SteeringPreset preset, string takeId)
    {
        var folder = new TakeFolder(Path.Combine(root.Takes, takeId));
        if (!folder.Exists || folder.ReadManifest().State != TakeState.Done) return null;
        return [Compare(preset, folder, PresetArms.Baseline, TakeArms.Baseline), Compare(preset, folder, PresetArms.Steered, TakeArms.Steered)];
    }

    private static ArmComparison Compare(SteeringPreset preset, TakeFolder folder, string arm, string takeArm)
    {
        var wanted = PresetFile.Codes(preset, arm);
        var made = folder.ReadCodes(takeArm) ?? throw new UserException($"The take {folder.Id} has no codes for arm {takeArm}.");
        if (made.Codebooks != wanted.Codebooks)
            throw new UserException($"The take {folder.Id} has {made.Codebooks} codebooks, the preset {wanted.Codebooks}: they belong to different models.");
        var column = wanted.FirstDifference(made);
        return new ArmComparison(arm, wanted.Frames, column, column / preset.Model.FrameRate);
    }

    private static UserException Missing(string what, string name, string hash, string folder) => new(
        $"The preset was made with the {what} “{name}” ({hash[..12]}…), which is not here. Put its folder into {folder}/ of the data folder and rescan on the Data page.");
}

/// <summary>One arm of a preset compared with its reproduction.</summary>
/// <param name="Arm">One of <see cref="PresetArms"/>.</param>
/// <param name="Columns">Columns of the preset.</param>
/// <param name="FirstDifference">The first column whose codes differ; null: all are the same.</param>
/// <param name="Seconds">Where that column sounds; null: all are the same.</param>
public sealed record ArmComparison(string Arm, int Columns, int? FirstDifference, double? Seconds)
{
    public bool Same => FirstDifference is null;
}
