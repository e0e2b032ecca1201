using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Labelling.Tests.Demo;

/// <summary>The repository's SAE, its dataset and the clips to test on, opened once.</summary>
public sealed class DemoSae : IDisposable
{
    public ClipDataset Dataset { get; } = ClipDataset.Open(Repository.At("demo", "dataset"));

    public FeatureIndex Index { get; } = FeatureIndex.Open(Repository.At("demo", "sae", "index"));

    public DetectionClips Clips { get; }

    public DemoSae() => Clips = DetectionClips.Open(Index.Folder, Index.Info) ?? throw new FileNotFoundException("demo/sae/index has no detection.safetensors");

    public void Dispose()
    {
        Index.Dispose();
        Dataset.Dispose();
    }
}
