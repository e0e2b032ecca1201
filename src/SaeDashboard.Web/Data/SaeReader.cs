using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.Web.Data;

/// <summary>Reads an SAE folder of any library's format and its feature index.</summary>
internal sealed class SaeReader : IFolderReader<CatalogSae>
{
    public CatalogSae Blank(string id, string name, string path) => new() { Id = id, Name = name, Path = path };

    public CatalogSae Read(CatalogFolder folder, CatalogSae blank)
    {
        var (format, config) = SaeFolders.Inspect(folder.Path);
        var (index, problem) = Index(folder.Path, config);
        return blank with
        {
            Format = format.Title(),
            Architecture = config.Architecture.Name(),
            Latents = config.DSae,
            Width = config.DIn,
            K = config.K,
            Hook = config.Metadata.Hook?.ToString() ?? config.Metadata.HookName ?? index?.Hook ?? "",
            Notes = config.Notes,
            ModelHash = config.Metadata.ModelHash ?? index?.ModelHash,
            DatasetHash = index?.DatasetHash ?? config.Metadata.DatasetHash,
            HasIndex = index is not null,
            IndexProblem = problem,
            Problem = SaeFolders.HookProblem(folder.Path, config),
        };
    }

    public CatalogHashes Hash(CatalogFolder folder) => new(SaeFolders.WeightsHash(folder.Path));

    public CatalogSae With(CatalogSae entry, CatalogHashes hashes)
    {
        entry = entry with { Hash = hashes.Content };
        if (!entry.HasIndex) return entry;
        var indexed = JsonFile.Read<FeatureIndexInfo>(Path.Combine(entry.Path, "index", "index.json")).SaeHash;
        return indexed == hashes.Content ? entry : entry with
        {
            HasIndex = false,
            IndexProblem = $"{Path.Combine(entry.Path, "index")} was made for other weights ({indexed[..Math.Min(12, indexed.Length)]}…). Index it again.",
        };
    }

    private static (FeatureIndexInfo? Info, string? Problem) Index(string folder, SaeConfig config)
    {
        // Of an SAE of no place there is nothing to index.
        if (SaeFolders.HookProblem(folder, config) is not null) return (null, null);
        var path = Path.Combine(folder, "index");
        if (!Directory.Exists(path)) return (null, $"{folder} has no feature index yet. A run makes one in its last stage; the verb index makes one at any time.");
        try
        {
            using var index = FeatureIndex.Open(path);
            var problem = index.Info.Features != config.DSae ? $"{path} has {index.Info.Features} features; the SAE has {config.DSae}. Index it again."
                : SaeFolders.IndexProblem(folder, config, index.Info.Hook);
            return problem is null ? (index.Info, null) : (null, problem);
        }
        catch (UserException error)
        {
            return (null, error.Message);
        }
    }
}
