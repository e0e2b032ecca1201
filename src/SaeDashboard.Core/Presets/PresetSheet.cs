namespace SaeDashboard.Core.Presets;

/// <summary>A preset as the settings that a WAV file of one of its arms carries (docs/takes.md): as a take's file does, so that it comes back in the same ways.</summary>
public static class PresetSheet
{
    /// <summary>The sheet. The preset that is made of it has the same <see cref="PresetContent"/>; description, parent and decoder directions are in the preset's own file alone.</summary>
    /// <param name="preset">The preset.</param>
    /// <param name="arm">The arm that the file holds: one of <see cref="PresetArms"/>.</param>
    /// <param name="createdUtc">When the preset was made.</param>
    public static TakeSheet Of(SteeringPreset preset, string arm, DateTimeOffset createdUtc)
    {
        var names = Names(preset);
        return new TakeSheet
        {
            Name = preset.Name,
            Arm = Letter(arm),
            Author = preset.Author,
            Licence = preset.Licence,
            Take = new TakeManifest
            {
                Id = Ids.Derived("take", PresetContent.Hash(preset), createdUtc),
                State = TakeState.Done,
                CreatedUtc = createdUtc,
                ModelHash = preset.Model.WeightsHash,
                CodecHash = preset.Model.CodecHash,
                SaeHash = preset.Sae.WeightsHash,
                Hook = preset.Sae.Hook,
                FrameRate = preset.Model.FrameRate,
                Window = preset.Window,
                Stride = preset.Stride,
                Saes = preset.Saes is { Count: > 0 } others ? [.. others.Prepend(preset.Sae).Select(sae => new TakeSae(names[sae.WeightsHash], sae.WeightsHash, sae.Hook))] : null,
                Settings = PresetSettings.ToTake(preset, preset.Model.Name, names[preset.Sae.WeightsHash], hash => names[hash]) with { Live = preset.Live },
            },
            Labels = [.. preset.Steers.Where(steer => steer is { Label: not null, Sae: null }).DistinctBy(steer => steer.Feature).Select(steer => new TakeSheetLabel(steer.Feature, steer.Label!))],
            Codes = preset.Arms.Where(codes => codes.Key is PresetArms.Baseline or PresetArms.Steered).ToDictionary(codes => Letter(codes.Key), codes => codes.Value),
        };
    }

    private static string Letter(string arm) => arm == PresetArms.Baseline ? TakeArms.Baseline : TakeArms.Steered;

    /// <summary>What stands for each SAE's folder, by the hash of its weights: two of one name stay two.</summary>
    private static Dictionary<string, string> Names(SteeringPreset preset)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var sae in (preset.Saes ?? []).Prepend(preset.Sae))
        {
            if (names.ContainsKey(sae.WeightsHash)) continue;
            var name = sae.Name;
            for (var number = 2; names.ContainsValue(name); number++) name = FormattableString.Invariant($"{sae.Name} {number}");
            names.Add(sae.WeightsHash, name);
        }
        return names;
    }
}
