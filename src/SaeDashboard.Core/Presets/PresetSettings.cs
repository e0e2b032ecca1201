namespace SaeDashboard.Core.Presets;

/// <summary>A preset as a take's settings: what its sound is made again from.</summary>
public static class PresetSettings
{
    /// <summary>The settings, with folders of this machine.</summary>
    /// <param name="preset">The preset.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="sae">The SAE's folder.</param>
    /// <param name="others">The folder of a further SAE, by the hash of its weights; null: the hash is put in the folder's place, for comparing.</param>
    public static TakeSettings ToTake(SteeringPreset preset, string model, string sae, Func<string, string>? others = null) => new()
    {
        ModelPath = model,
        SaePath = sae,
        Prompt = preset.Prompt,
        Seed = preset.Seed,
        Frames = preset.Frames,
        Guidance = preset.Guidance,
        Temperature = preset.Temperature,
        TopK = preset.TopK,
        TopP = preset.TopP,
        Greedy = preset.Greedy,
        // Without a window the preset was made with the longest.
        Window = preset.Window ?? int.MaxValue,
        Stride = preset.Stride,
        Piece = preset.Piece,
        Continue = preset.Continue,
        Melody = preset.Melody,
        Rows = preset.Rows,
        Arms = [TakeArms.Baseline, TakeArms.Steered],
        Steers =
        [
            .. preset.Steers.Select(steer => new TakeSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99)
            {
                SaePath = Folder(steer.Sae, others),
                Onset = steer.Onset,
                Envelope = steer.Envelope,
                Condition = steer.Condition is { } condition ? condition with { Sae = Folder(condition.Sae, others) } : null,
                Muted = steer.Muted,
            }),
        ],
        Moves = preset.Moves,
        // Made again from its file it waits for no listener; its blocks decide the rounding.
        Live = preset.Live is { } live ? live with { WaitSeconds = 0 } : null,
    };

    private static string? Folder(string? hash, Func<string, string>? others) => hash is null || others is null ? hash : others(hash);
}
