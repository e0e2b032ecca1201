using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Presets;

/// <summary>Makes presets: of takes, and of files from elsewhere. A preset is kept whole or not at all.</summary>
public sealed class PresetMaker(DataRoot root, ICatalog catalog, PresetService presets)
{
    /// <summary>Keeps a finished take's setting and codes as a preset.</summary>
    /// <param name="takeId">The take.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="description">What it does, in a sentence or two.</param>
    /// <param name="actor">Who.</param>
    /// <returns>The new preset's id.</returns>
    /// <exception cref="UserException">There is no such take, it is not finished, or it steers nothing.</exception>
    public string FromTake(string takeId, string name, string? description, Actor actor)
    {
        var preset = Read(takeId) with
        {
            Name = PersonText.Name(name, "The preset's name"),
            Description = PersonText.Lines(description, "The description", PresetLimits.MaxDescription),
        };
        PresetFile.Check(preset);
        return presets.Add(preset, actor);
    }

    /// <summary>Keeps the preset in a file from elsewhere. One that is here already is not kept a second time.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="file">The file's name, for the message.</param>
    /// <param name="actor">Who.</param>
    /// <returns>The preset's id, and whether it is new.</returns>
    /// <exception cref="UserException">The preset is invalid; the message names the file and what is wrong.</exception>
    public (string Id, bool IsNew) Import(ReadOnlyMemory<byte> bytes, string file, Actor actor)
    {
        var preset = PresetFile.Parse(bytes, file);
        var whole = PresetFile.ToBytes(preset);
        var same = presets.List.Where(row => row.Name == preset.Name && row.SaeHash == preset.Sae.WeightsHash)
            .FirstOrDefault(row => presets.Find(row.Id) is { } stored && PresetFile.ToBytes(stored.Preset).AsSpan().SequenceEqual(whole));
        return same is null ? (presets.Add(preset, actor), true) : (same.Id, false);
    }

    private SteeringPreset Read(string takeId)
    {
        if (!Ids.IsValid("take", takeId)) throw new UserException($"“{takeId}” is not a take id.");
        var folder = new TakeFolder(Path.Combine(root.Takes, takeId));
        if (!folder.Exists) throw new UserException($"The take {takeId} does not exist.");
        var take = folder.ReadManifest();
        if (take.State != TakeState.Done) throw new UserException($"The take is {take.State.Name()}; a preset needs a finished take.");
        if (take is not { ModelHash: { } modelHash, CodecHash: { } codecHash }) throw new UserException($"{folder.ManifestPath} does not say which model made the take.");
        var settings = take.Settings;
        if (take is not { SaeHash: { } saeHash, Hook: { } hook } || settings.SaePath is null || settings.Steers.Count == 0)
            throw new UserException("The take steers no feature. Add one in the Studio and generate again.");
        // A preset's file has no place for these yet; without them it would sound different when it is made again.
        var extra = settings.Steers.Any(steer => steer.SaePath is not null) ? "features of several SAEs" : settings.Steers.Any(steer => steer.Envelope is not null || steer.Onset > 0) ? "an envelope or a start"
            : settings.Steers.Any(steer => steer.Condition is not null) ? "a condition" : settings.Moves is { Count: > 0 } ? "knob moves" : null;
        if (extra is not null) throw new UserException($"The take has {extra}, which a preset cannot hold yet. The take itself keeps it.");
        var baseline = Codes(folder, TakeArms.Baseline, "baseline");
        var steered = Codes(folder, TakeArms.Steered, "steered");
        return new SteeringPreset
        {
            Name = takeId,
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
            Rows = settings.Rows,
            Sae = new PresetSae(catalog.SaeByHash(saeHash)?.Name ?? FolderName(settings.SaePath), saeHash, hook),
            Steers = [.. settings.Steers.Select(steer => new PresetSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99))],
            Model = new PresetModel(catalog.ModelByHash(modelHash)?.Name ?? FolderName(settings.ModelPath), modelHash, codecHash, take.FrameRate),
            Arms = new Dictionary<string, PresetCodes> { [PresetArms.Baseline] = PresetFile.Pack(baseline), [PresetArms.Steered] = PresetFile.Pack(steered) },
        };
    }

    private static CodeGrid Codes(TakeFolder folder, string arm, string words) =>
        folder.ReadCodes(arm) ?? throw new UserException($"The take has no {words} arm ({arm}), and a preset needs both. Generate it again.");

    private static string FolderName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
}
