using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.Worker.Steering;

/// <summary>Makes a preset of a generation: its settings before, so that what cannot be kept is refused then, and its codes afterwards.</summary>
internal static class PresetWriting
{
    /// <summary>The preset without its codes.</summary>
    /// <exception cref="UserException">It would break a rule of presets.</exception>
    public static SteeringPreset Draft(
        string name, string description, GenerationRow row, int frames, WindowSettings windows, IReadOnlyList<SteerArgument> steers, SteerMode mode, SteerRows steerRows,
        TakeSound? continued, TakeSound? melody, SteeringSession session, MusicGenModel model)
    {
        if (steers.Select(steer => Path.GetFullPath(steer.Sae)).Distinct().Count() > 1)
            throw new UserException("A preset keeps the features of one SAE: steer with one, or leave out --preset.");
        var sae = session.Load(steers[0].Sae);
        var preset = new SteeringPreset
        {
            Name = name,
            Description = description,
            Prompt = row.Prompt,
            Seed = row.Seed,
            Frames = frames,
            Guidance = row.Sampling.Guidance,
            Temperature = row.Sampling.Temperature,
            TopK = row.Sampling.TopK,
            TopP = row.Sampling.TopP,
            Greedy = row.Sampling.Greedy,
            // Within one window there is no seam.
            Window = frames > windows.LongestFrames ? windows.Frames : null,
            Stride = frames > windows.LongestFrames ? windows.Stride : null,
            Piece = row.Sample,
            Continue = continued,
            Melody = melody,
            Sae = new PresetSae(FolderName(sae.Folder), sae.Sae.WeightsHash, sae.Site.ToString()),
            Steers = steers.Select(steer => new PresetSteer(steer.Feature, steer.Strength, mode.Name(), sae.Index[steer.Feature].P99)).ToArray(),
            Rows = steerRows.Name(),
            Model = new PresetModel(FolderName(model.Folder), model.WeightsHash, model.Codec.CodecHash, model.Codec.FrameRate),
            Arms = new Dictionary<string, PresetCodes>(),
        };
        PresetFile.CheckBeforeCodes(preset, model.Config.Decoder.Codebooks);
        return preset;
    }

    /// <summary>Writes the preset with its codes.</summary>
    public static void Write(string path, SteeringPreset draft, CodeGrid steered, CodeGrid baseline) => PresetFile.Write(path, draft with
    {
        Arms = new Dictionary<string, PresetCodes> { [PresetArms.Baseline] = PresetFile.Pack(baseline), [PresetArms.Steered] = PresetFile.Pack(steered) },
    });

    private static string FolderName(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}

/// <summary>The words of presets and takes (mode, rows) as enumerations.</summary>
internal static class PresetSteering
{
    public static T Parse<T>(string word, string path, string field) where T : struct, Enum =>
        EnumJson.Parse<T>(word) is { } value && value.Name() == word
            ? value
            : throw new UserException($"{path}: {field} is “{word}”; this program knows {string.Join(", ", EnumJson.All<T>())}.");
}
