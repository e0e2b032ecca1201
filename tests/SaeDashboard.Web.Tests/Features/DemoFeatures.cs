using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>The shipped SAE's features, opened once for all tests.</summary>
internal static class DemoFeatures
{
    public static string Dataset { get; } = Path.Combine(Repository.Root, "demo", "dataset");

    public static string Sae { get; } = Path.Combine(Repository.Root, "demo", "sae");

    public static FeatureSet Set { get; } = new(FeatureIndex.Open(Path.Combine(Sae, "index")), ClipDataset.Open(Dataset), "demo");
}
