using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Presets;

/// <summary>Makes presets: of takes, and of files from elsewhere. A preset is kept whole or not at all.</summary>
public sealed class PresetMaker(DataRoot root, ICatalog catalog, PresetService presets, LabelRepository labels, IStoreAccess store)
{
    /// <summary>Keeps a finished take's setting and codes as a preset.</summary>
    /// <param name="takeId">The take.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="description">What it does, in a sentence or two.</param>
    /// <param name="actor">Who.</param>
    /// <param name="more">What else was said; null: nothing.</param>
    /// <returns>The preset's id, which is that of an earlier one when it becomes a revision of it.</returns>
    /// <exception cref="UserException">There is no such take, it is not finished, or it steers nothing.</exception>
    public string FromTake(string takeId, string name, string? description, Actor actor, PresetRequest? more = null)
    {
        more ??= new PresetRequest();
        var preset = Read(takeId) with
        {
            Name = PersonText.Name(name, "The preset's name"),
            Description = PersonText.Lines(description, "The description", PresetLimits.MaxDescription),
            Author = actor.Name == UserRepository.Unnamed ? null : actor.Name,
            Licence = more.Licence,
        };
        if (more.BasedOn is { } based && presets.Find(based, actor) is { } parent) preset = preset with { Parent = PresetService.ParentOf(parent.Preset) };
        PresetFile.Check(preset);
        if (more.RevisionOf is not { } id) return presets.Add(preset, actor, more.Visibility);
        presets.Revise(id, before => preset with { Parent = before.Parent }, more.Note, null, actor);
        return id;
    }

    /// <summary>Keeps the preset in a file from elsewhere. One whose sound is here already is not kept a second time.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="file">The file's name, for the message.</param>
    /// <param name="again">Whether it is kept although its sound is here.</param>
    /// <param name="actor">Who.</param>
    /// <returns>The preset's id, whether it is new, and what it is called here.</returns>
    /// <exception cref="UserException">The preset is invalid; the message names the file and what is wrong.</exception>
    public (string Id, bool IsNew, string Name) Import(ReadOnlyMemory<byte> bytes, string file, bool again, Actor actor) => Import(PresetFile.Parse(bytes, file), again, actor);

    /// <summary>As for a file; the preset was checked.</summary>
    public (string Id, bool IsNew, string Name) Import(SteeringPreset preset, bool again, Actor actor)
    {
        var content = PresetContent.Hash(preset);
        // What another person keeps to themselves is not given away by being the same.
        var same = again ? null : presets.For(actor).Where(row => row.Content == content).OrderByDescending(row => row.Name == preset.Name).FirstOrDefault();
        return same is null ? (presets.Add(preset, actor), true, preset.Name) : (same.Id, false, same.Name);
    }

    private SteeringPreset Read(string takeId)
    {
        if (!Ids.IsValid("take", takeId)) throw new UserException($"“{takeId}” is not a take id.");
        var folder = new TakeFolder(Path.Combine(root.Takes, takeId));
        if (!folder.Exists) throw new UserException($"The take {takeId} does not exist.");
        var take = folder.ReadManifest();
        var sae = take.SaeHash is { } hash ? catalog.SaeByHash(hash) : null;
        var model = take.ModelHash is { } weights ? catalog.ModelByHash(weights) : null;
        var names = take.SaeHash is { } of ? store.Read(() => labels.Current(of)) : new Dictionary<int, CurrentLabel>();
        var preset = PresetOfTake.Make(
            take, takeId, model?.Name ?? FolderName(take.Settings.ModelPath), sae?.Name ?? FolderName(take.Settings.SaePath ?? ""), folder.ReadCodes, feature => names.GetValueOrDefault(feature)?.Text);
        return WithDirections(preset);
    }

    /// <summary>The preset with its features' decoder directions, so that their counterparts in another SAE can be found where these are not.</summary>
    private SteeringPreset WithDirections(SteeringPreset preset)
    {
        var directions = new Dictionary<(string Sae, int Feature), string?>();
        foreach (var strips in preset.Steers.GroupBy(steer => steer.Sae ?? preset.Sae.WeightsHash))
        {
            if (catalog.SaeByHash(strips.Key) is not { } sae) continue;
            try
            {
                int[] wanted = [.. strips.Select(steer => steer.Feature).Distinct()];
                foreach (var (feature, row) in wanted.Zip(DecoderRows.Read(sae.Path, wanted))) directions[(strips.Key, feature)] = DecoderDirection.ToBase64(row);
            }
            catch (UserException)
            {
                // The preset is worth more than they are; the Data page says what is wrong with the SAE.
            }
        }
        return preset with { Steers = [.. preset.Steers.Select(steer => steer with { Direction = directions.GetValueOrDefault((steer.Sae ?? preset.Sae.WeightsHash, steer.Feature)) })] };
    }

    private static string FolderName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
}

/// <summary>What else a person says of a preset that is saved.</summary>
public sealed record PresetRequest
{
    /// <summary>One of <see cref="PresetLicences"/>; null: none is given.</summary>
    public string? Licence { get; init; }

    /// <summary>Who may see it.</summary>
    public PresetVisibility Visibility { get; init; }

    /// <summary>The preset that it was made from; null: none.</summary>
    public string? BasedOn { get; init; }

    /// <summary>The preset that it becomes a revision of; null: it is a new one.</summary>
    public string? RevisionOf { get; init; }

    /// <summary>What a revision changes, in a line; null: nothing is said.</summary>
    public string? Note { get; init; }
}
