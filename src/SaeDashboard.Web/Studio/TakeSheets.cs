using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Studio;

/// <summary>What downloaded WAV files of takes carry: their settings, with what the features are called and the codes.</summary>
public sealed class TakeSheets(ICatalog catalog, TakeRepository rows, LabelRepository labels, IStoreAccess store)
{
    /// <summary>An arm's file with its settings behind the samples. The file itself where there is nothing to add: its take.json cannot be read.</summary>
    /// <param name="view">The take.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="arm">The arm that the file holds.</param>
    /// <param name="file">The open file; it is closed with the result.</param>
    public Stream With(TakeView view, TakeFolder folder, string arm, FileStream file)
    {
        if (view.Manifest.State == TakeState.Unreadable) return file;
        try
        {
            return WavChunkStream.Open(file, TakeSheetLimits.Chunk, TakeSheetFile.ToBytes(Of(view, folder, arm))) ?? (Stream)file;
        }
        catch (UserException)
        {
            // The sound is worth more than its settings.
            return file;
        }
    }

    /// <summary>A take's settings, as its file carries them.</summary>
    public TakeSheet Of(TakeView view, TakeFolder folder, string arm)
    {
        var take = view.Manifest;
        var names = take.SaeHash is { } hash ? store.Read(() => labels.Current(hash)) : new Dictionary<int, CurrentLabel>();
        var row = store.Read(() => rows.Find(view.Id));
        return new TakeSheet
        {
            Name = view.Name,
            Arm = arm,
            Author = row is { Owner: not UserRepository.Unnamed } ? row.Owner : null,
            Take = take with
            {
                Settings = take.Settings with
                {
                    ModelPath = take.ModelHash is { } model && catalog.ModelByHash(model) is { } here ? here.Name : take.Settings.ModelPath,
                    SaePath = take.SaeHash is { } sae && catalog.SaeByHash(sae) is { } known ? known.Name : take.Settings.SaePath,
                },
            },
            Labels =
            [
                .. take.Settings.Steers.Where(steer => steer.SaePath is null || steer.SaePath == take.Settings.SaePath).Select(steer => steer.Feature).Distinct().Where(names.ContainsKey).Select(feature => new TakeSheetLabel(feature, names[feature].Text)),
            ],
            Codes = CodesOf(folder, take),
        };
    }

    private static Dictionary<string, PresetCodes> CodesOf(TakeFolder folder, TakeManifest take)
    {
        var codes = new Dictionary<string, PresetCodes>();
        if (take.State != TakeState.Done) return codes;
        foreach (var arm in take.Settings.Arms)
        {
            try
            {
                if (folder.ReadCodes(arm) is { } grid) codes[arm] = Core.Presets.PresetFile.Pack(grid);
            }
            catch (UserException)
            {
                // Damaged codes are left out; the settings make them again.
            }
        }
        return codes;
    }
}
