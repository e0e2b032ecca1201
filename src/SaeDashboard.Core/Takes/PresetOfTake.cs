using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Core.Takes;

/// <summary>Makes a preset of a finished take: from its folder, or from what its WAV file carries.</summary>
public static class PresetOfTake
{
    /// <summary>The preset, not yet checked.</summary>
    /// <param name="take">The take.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="model">The model's name, for people.</param>
    /// <param name="sae">The SAE's name, for people.</param>
    /// <param name="codes">An arm's codes; null: it has none.</param>
    /// <param name="label">What a feature is called; null: it has no label.</param>
    /// <exception cref="UserException">The take is not finished, steers nothing, or lacks an arm.</exception>
    public static SteeringPreset Make(TakeManifest take, string name, string model, string sae, Func<string, CodeGrid?> codes, Func<int, string?> label)
    {
        if (take.State != TakeState.Done) throw new UserException($"The take is {take.State.Name()}; a preset needs a finished take.");
        if (take is not { ModelHash: { } modelHash, CodecHash: { } codecHash }) throw new UserException($"The take {take.Id} does not say which model made it.");
        var settings = take.Settings;
        if (take is not { SaeHash: { } saeHash, Hook: { } hook } || settings.SaePath is null || settings.Steers.Count == 0)
            throw new UserException("The take steers no feature. Add one in the Studio and generate again.");
        var baseline = Codes(codes, TakeArms.Baseline);
        var steered = Codes(codes, TakeArms.Steered);
        return new SteeringPreset
        {
            Name = name,
            Prompt = settings.Prompt,
            Seed = settings.Seed,
            Frames = steered.Frames,
            Guidance = settings.Guidance,
            Temperature = settings.Temperature,
            TopK = settings.TopK,
            TopP = settings.TopP,
            Greedy = settings.Greedy,
            // What the worker settled on; takes of before say nothing, and were made as presets without these are.
            Window = take.Window,
            Stride = take.Stride,
            Piece = settings.Piece,
            Continue = settings.Continue,
            Melody = settings.Melody,
            Rows = settings.Rows,
            Sae = new PresetSae(sae, saeHash, hook),
            Saes = Others(take, saeHash),
            Steers =
            [
                // Labels are those of the take's own SAE.
                .. settings.Steers.Select(steer => new PresetSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99, Hash(take, steer.SaePath) is null ? label(steer.Feature) : null)
                {
                    Sae = Hash(take, steer.SaePath),
                    Onset = steer.Onset,
                    Envelope = steer.Envelope,
                    Condition = steer.Condition is { } condition ? condition with { Sae = Reads(take, saeHash, steer, condition) } : null,
                    Muted = steer.Muted,
                }),
            ],
            Moves = settings.Moves,
            Live = settings.Live,
            Model = new PresetModel(model, modelHash, codecHash, take.FrameRate),
            Arms = new Dictionary<string, PresetCodes> { [PresetArms.Baseline] = PresetFile.Pack(baseline), [PresetArms.Steered] = PresetFile.Pack(steered) },
        };
    }

    /// <summary>The preset that a WAV file's settings and codes make.</summary>
    /// <exception cref="UserException">The take was not finished or steers nothing, or the file does not carry the codes of both arms.</exception>
    public static SteeringPreset Make(TakeSheet sheet, string file)
    {
        var labels = sheet.Labels.GroupBy(label => label.Feature).ToDictionary(group => group.Key, group => group.First().Text);
        if (!sheet.Codes.ContainsKey(TakeArms.Baseline) || !sheet.Codes.ContainsKey(TakeArms.Steered))
            throw new UserException($"{file} carries its settings but not the codes of both arms, which a preset needs: drop it on the Studio and generate again.");
        var preset = Make(sheet.Take, sheet.Name, sheet.Take.Settings.ModelPath, sheet.Take.Settings.SaePath ?? "", arm => TakeSheetChecks.Codes(sheet.Codes[arm], $"codes.{arm}", file), labels.GetValueOrDefault)
            with { Author = sheet.Author, Licence = sheet.Licence };
        PresetFile.Check(preset);
        return preset;
    }

    /// <summary>The SAE whose feature a condition reads; null: the steer's. That of the take is named where the steer is of another.</summary>
    private static string? Reads(TakeManifest take, string own, TakeSteer steer, SteerCondition condition) =>
        condition.Sae is not { } folder || Hash(take, folder) == Hash(take, steer.SaePath) ? null : Hash(take, folder) ?? own;

    /// <summary>The weights' hash of an SAE that a steer names by its folder; null: the take's own.</summary>
    private static string? Hash(TakeManifest take, string? folder) => folder is null || folder == take.Settings.SaePath ? null
        : (take.Saes ?? []).FirstOrDefault(sae => sae.Path == folder)?.WeightsHash ?? throw new UserException($"The take {take.Id} does not say which weights the SAE “{Path.GetFileName(folder)}” has.");

    private static PresetSae[]? Others(TakeManifest take, string own) =>
        (take.Saes ?? []).Where(sae => sae.WeightsHash != own).Select(sae => new PresetSae(Path.GetFileName(Path.TrimEndingDirectorySeparator(sae.Path)), sae.WeightsHash, sae.Hook)).ToArray() is { Length: > 0 } others ? others : null;

    private static CodeGrid Codes(Func<string, CodeGrid?> codes, string arm) =>
        codes(arm) ?? throw new UserException($"The take has no {TakeArms.Word(arm)} arm ({arm}), and a preset needs both. Generate it again.");
}
