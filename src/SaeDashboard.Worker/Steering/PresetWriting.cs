using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Sae.Steering;

namespace SaeDashboard.Worker.Steering;

/// <summary>Makes a preset out of a generation that has just been done.</summary>
internal static class PresetWriting
{
    public static void Write(
        string path, string name, string description, GenerationRow row, IReadOnlyList<SteerArgument> steers, SteerMode mode, SteerRows steerRows,
        SteeringSession session, MusicGenModel model, CodeGrid steered, CodeGrid baseline)
    {
        if (steers.Select(steer => Path.GetFullPath(steer.Sae)).Distinct().Count() > 1)
            throw new UserException("A preset keeps the features of one SAE: steer with one, or leave out --preset.");
        var sae = session.Load(steers[0].Sae);
        PresetFile.Write(path, new SteeringPreset
        {
            Name = name,
            Description = description,
            Prompt = row.Prompt,
            Seed = row.Seed,
            Frames = steered.Frames,
            Guidance = row.Sampling.Guidance,
            Temperature = row.Sampling.Temperature,
            TopK = row.Sampling.TopK,
            TopP = row.Sampling.TopP,
            Sae = new PresetSae(FolderName(sae.Folder), sae.Sae.WeightsHash, sae.Site.ToString()),
            Steers = steers.Select(steer => new PresetSteer(steer.Feature, steer.Strength, PresetSteering.Word(mode), sae.Index[steer.Feature].P99)).ToArray(),
            Rows = PresetSteering.Word(steerRows),
            Model = new PresetModel(FolderName(model.Folder), model.WeightsHash, model.Codec.CodecHash, model.Codec.FrameRate),
            Arms = new Dictionary<string, PresetCodes> { ["baseline"] = PresetFile.Pack(baseline), ["steered"] = PresetFile.Pack(steered) },
        });
    }

    private static string FolderName(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
