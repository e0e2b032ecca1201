namespace SaeDashboard.Core.Presets;

/// <summary>A preset as a take's settings: what its sound is made again from.</summary>
public static class PresetSettings
{
    /// <summary>The settings, with folders of this machine.</summary>
    /// <param name="preset">The preset.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="sae">The SAE's folder.</param>
    public static TakeSettings ToTake(SteeringPreset preset, string model, string sae) => new()
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
        Rows = preset.Rows,
        Arms = [TakeArms.Baseline, TakeArms.Steered],
        Steers = [.. preset.Steers.Select(steer => new TakeSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99))],
    };
}
