using SaeDashboard.Core.Data;

namespace SaeDashboard.Web.Data;

/// <summary>Reads a dataset's folder.</summary>
internal sealed class DatasetReader : IFolderReader<CatalogDataset>
{
    private const double SecondsAnHour = 3600;

    public CatalogDataset Blank(string id, string name, string path) => new() { Id = id, Name = name, Path = path };

    public CatalogDataset Read(CatalogFolder folder, CatalogDataset blank)
    {
        using var dataset = ClipDataset.Open(folder.Path);
        return blank with
        {
            Clips = dataset.Clips.Count,
            Hours = dataset.Clips.Sum(clip => clip.Seconds) / SecondsAnHour,
            Codebooks = dataset.Codebooks,
            Frames = dataset.Frames,
            Splits = dataset.Clips.CountBy(clip => clip.Split).ToDictionary(),
        };
    }

    public CatalogHashes Hash(CatalogFolder folder)
    {
        using var dataset = ClipDataset.Open(folder.Path);
        return new CatalogHashes(dataset.Hash);
    }

    public CatalogDataset With(CatalogDataset entry, CatalogHashes hashes) => entry with { Hash = hashes.Content };
}
