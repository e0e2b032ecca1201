using SaeDashboard.Core;
using SaeDashboard.Core.Features;
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
            var site = SiteOf(folder, index);
            if (index.Info.SaeHash == sae.WeightsHash) return new LoadedSae(folder, sae, index, site);
            index.Dispose();
            throw new UserException($"{indexFolder} was made for other weights (SHA-256 {index.Info.SaeHash}, the SAE has {sae.WeightsHash}). Make it again with the verb index.");
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

    private static HookSite SiteOf(string folder, FeatureIndex index)
    {
        var site = HookSite.Parse(index.Info.Hook);
        if (site.Point == HookSite.ResidualPost) return site;
        index.Dispose();
        throw new UserException($"{folder}/index was made at {site}: SAEs are read and steered after a layer only (layers.<number>.{HookSite.ResidualPost}).");
    }
}
