using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Saes;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Formats;

namespace SaeDashboard.Worker.Steering;

/// <summary>An SAE folder with its feature index, which gives a feature's strength its unit.</summary>
internal sealed class LoadedSae : IDisposable
{
    private LoadedSae(string folder, SparseAutoencoder sae, FeatureIndex index, HookSite site)
    {
        Folder = folder;
        Sae = sae;
        Index = index;
        Site = site;
    }

    public string Folder { get; }

    public SparseAutoencoder Sae { get; }

    public FeatureIndex Index { get; }

    public HookSite Site { get; }

    /// <summary>Opens both. Throws <see cref="UserException"/> when the index is missing or another SAE's.</summary>
    public static LoadedSae Open(string folder)
    {
        var sae = SaeFolder.Load(folder);
        try
        {
            var indexFolder = Path.Combine(folder, "index");
            if (!Directory.Exists(indexFolder))
                throw new UserException($"{folder} has no feature index, so the strength of a feature has no unit (its p99). Make one: scripts/worker.sh index --sae {folder} --model MODEL --dataset DATASET");
            var index = FeatureIndex.Open(indexFolder);
            var problem = index.Info.SaeHash != sae.WeightsHash ? $"{indexFolder} was made for other weights (SHA-256 {index.Info.SaeHash}, the SAE has {sae.WeightsHash}). Make it again with the verb index."
                : SaeFolders.HookProblem(folder, sae.Config) ?? SaeFolders.IndexProblem(folder, sae.Config, index.Info.Hook);
            if (problem is null) return new LoadedSae(folder, sae, index, HookSite.Parse(index.Info.Hook));
            index.Dispose();
            throw new UserException(problem);
        }
        catch
        {
            sae.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Index.Dispose();
        Sae.Dispose();
    }
}
