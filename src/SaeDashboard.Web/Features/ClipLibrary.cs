using System.Globalization;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Features;

/// <summary>The clips of the datasets: kept as codes, decoded by the music worker on first use.</summary>
public sealed class ClipLibrary(ICatalog catalog, IServeClient serve, WavCache cache)
{
    private const int KeyLength = 24;

    private readonly OpenFolders<ClipDataset> opened = new();

    /// <summary>The dataset of a catalog's id; null when there is none or it is refused.</summary>
    /// <exception cref="UserException">It cannot be read.</exception>
    public ClipDataset? Open(string datasetId) => Find(datasetId) is { } dataset ? Open(dataset) : null;

    /// <summary>Opens a dataset; it stays open until its files change, since its codes are read when they are asked for.</summary>
    /// <exception cref="UserException">It cannot be read.</exception>
    public ClipDataset Open(CatalogDataset dataset) => opened.Open(dataset.Path, dataset.Stamp, () => ClipDataset.Open(dataset.Path));

    /// <summary>The sound of a clip, decoded when it is not in the cache; null when there is no such clip.</summary>
    /// <exception cref="UserException">The worker cannot decode it now; the message says why.</exception>
    public async Task<ClipSound?> SoundAsync(string datasetId, int row, CancellationToken ct)
    {
        if (Locate(datasetId, row) is not { } place) return null;
        var file = await cache.OpenAsync(place.Key, stop => serve.DecodeAsync(place.Model.Path, place.Set.Codes(place.Set.Clips[row]).Slice(0, place.Frames), stop), ct);
        return new ClipSound(file, place.Key);
    }

    /// <summary>The sound of a clip if it is in the cache.</summary>
    public ClipSound? Cached(string datasetId, int row) =>
        Locate(datasetId, row) is { } place && cache.TryOpen(place.Key) is { } file ? new ClipSound(file, place.Key) : null;

    /// <summary>Decodes a clip ahead of use, unless it is cached. In the background: failures are not reported.</summary>
    public async Task PrefetchAsync(string datasetId, int row)
    {
        try
        {
            using var sound = await SoundAsync(datasetId, row, CancellationToken.None);
        }
        catch (UserException)
        {
            // The error is reported when it is played.
        }
    }

    /// <summary>Where a clip's codes are and which model decodes them; null when there is no such clip.</summary>
    /// <exception cref="UserException">The dataset cannot be read, or no model has its codec.</exception>
    internal ClipPlace? Locate(string datasetId, int row)
    {
        if (Find(datasetId) is not { } dataset) return null;
        var set = Open(dataset);
        if ((uint)row >= (uint)set.Clips.Count) return null;
        var model = ModelFor(dataset) ?? throw new UserException("No model here has the codec of this clip. Put the model's folder into models/ of the data folder and rescan on the Data page.");
        // Without what pads a short clip: the wave, its strip and the sound are of one length.
        var frames = model.FrameRate > 0 ? set.MusicFrames(set.Clips[row], model.FrameRate) : set.Frames;
        var identity = $"{dataset.Hash ?? $"{dataset.Path}#{dataset.Stamp}"}|{model.CodecHash ?? model.Hash ?? model.Path}{(frames < set.Frames ? FormattableString.Invariant($"|{frames}") : "")}";
        var key = Hashing.Sha256(Encoding.UTF8.GetBytes(identity))[..KeyLength] + "-" + row.ToString(CultureInfo.InvariantCulture);
        return new ClipPlace(set, model, key, frames);
    }

    private CatalogDataset? Find(string id) => catalog.Dataset(id) is { State: not CatalogState.Refused } dataset ? dataset : null;

    /// <summary>The model that an SAE of this dataset was made for; without one, any with as many codebooks.</summary>
    private CatalogModel? ModelFor(CatalogDataset dataset)
    {
        var ids = catalog.Saes.Where(sae => sae.DatasetId == dataset.Id && sae.ModelId is not null).Select(sae => sae.ModelId).ToHashSet();
        var fitting = catalog.Models.Where(model => model.State != CatalogState.Refused && model.Codebooks == dataset.Codebooks).ToList();
        return fitting.FirstOrDefault(model => ids.Contains(model.Id)) ?? fitting.FirstOrDefault();
    }
}

/// <summary>Where a clip's codes are, and what decodes them.</summary>
/// <param name="Set">Its dataset.</param>
/// <param name="Model">The model whose codec it is.</param>
/// <param name="Key">Names its sound: another sound has another key.</param>
/// <param name="Frames">Frames of its music, without what pads a short clip.</param>
public sealed record ClipPlace(ClipDataset Set, CatalogModel Model, string Key, int Frames);

/// <summary>A clip's sound out of the cache.</summary>
/// <param name="File">The open WAV file; the caller closes it.</param>
/// <param name="Key">Names the sound: another sound has another key.</param>
public sealed record ClipSound(FileStream File, string Key) : IDisposable
{
    public void Dispose() => File.Dispose();
}
