using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Tests.Features;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Formats;

/// <summary>Index, meter and steering take any SAE that can be read, not only those that are trained here.</summary>
public class EveryArchitectureTests
{
    private const double Strength = 2;

    public static TheoryData<string> Names => GoldenFolders.Names;

    [Theory, MemberData(nameof(Names))]
    public void The_index_counts_what_the_library_computes_and_steering_raises_the_latent(string name)
    {
        using var scope = NewDisposeScope();
        using var sae = SaeFolder.Load(TestFolders.Golden(name));
        var x = GoldenFolders.Read(name, "x");
        var latents = GoldenFolders.Read(name, "latents");
        var clip = new MemorySource(24, [(0, "select", TensorData.ToArray(x))]);

        var built = FeatureIndexBuilder.Build(sae, clip, null, new FeatureIndexOrigin("m", "d", "d", "layers.12.resid_post", 12, 50), new FeatureIndexOptions { FirstColumn = 1 },
            cancellation: TestContext.Current.CancellationToken);

        var positives = TensorData.ToArray(latents.Gt(0).to(ScalarType.Float32).sum(0L));
        Assert.Equal(positives.Select(count => (long)count), built.Data.Positives);
        Assert.All(Enumerable.Range(0, 96), feature => Assert.Equal(latents.select(1, feature).max().item<float>(), built.Data.Maximum[feature], 2e-5f));

        // decode(f′) − decode(f), f′ with α·p99 more of the latent that fires most: what the library's own arithmetic gives.
        var feature = Array.IndexOf(positives, positives.Max());
        using var edit = new SteeringEdit(sae, at => built.Data.P99[at], [new Steer(feature, Strength)]);
        var steered = edit.Apply(x, 0);
        var more = latents.clone();
        more.select(1, feature).AddInPlace(Strength * built.Data.P99[feature]);
        GoldenFolders.AssertClose(x.Add(sae.Decode(more, x)).sub(GoldenFolders.Read(name, "reconstruction")), steered, "steered");

        var report = ReconstructionMeter.Measure(sae, clip, null, new MeterOptions { FirstColumn = 1 }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(positives.Sum() / 48, report.L0, 1e-4);
        Assert.Equal(positives.Count(count => count == 0) / 96.0, report.DeadFraction, 1e-9);
    }
}
