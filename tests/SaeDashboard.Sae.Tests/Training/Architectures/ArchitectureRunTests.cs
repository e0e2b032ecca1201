using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training.Architectures;

/// <summary>Whole runs of every architecture, small ones, and their exported folders.</summary>
public sealed class ArchitectureRunTests : IDisposable
{
    private const int K = 8;

    private static readonly TrainConfig Base = new()
    {
        Engine = TrainEngine.Autograd,
        Latents = 128,
        K = K,
        Batch = 128,
        Steps = 120,
        LearningRate = 3e-3,
        HeldOut = 0.1,
        ScaleSamples = 4000,
        MedianSamples = 2000,
        DeadWindow = 2000,
        Threads = 1,
        Checkpoints = 7,
    };

    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();
    private readonly ActivationStore store;

    public ArchitectureRunTests() => store = SyntheticActivations.Make(folder.In("activations"), 40, 128, 32);

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    public static TheoryData<string, string> All => new()
    {
        { nameof(TrainArchitecture.TopK), nameof(SaeArchitecture.TopK) },
        { nameof(TrainArchitecture.BatchTopK), nameof(SaeArchitecture.JumpRelu) },
        { nameof(TrainArchitecture.Matryoshka), nameof(SaeArchitecture.JumpRelu) },
        { nameof(TrainArchitecture.JumpRelu), nameof(SaeArchitecture.JumpRelu) },
        { nameof(TrainArchitecture.Gated), nameof(SaeArchitecture.Gated) },
        { nameof(TrainArchitecture.Relu), nameof(SaeArchitecture.Standard) },
    };

    [Fact]
    public void Every_architecture_is_run() => Assert.Equal(Enum.GetNames<TrainArchitecture>(), All.Select(row => row.Data.Item1));

    [Theory, MemberData(nameof(All))]
    public void A_run_learns_is_exported_as_measured_and_resumes_to_the_same_bits(string kind, string published)
    {
        using var scope = NewDisposeScope();
        var config = Base with { Architecture = Enum.Parse<TrainArchitecture>(kind) };
        var whole = Train("whole", config);

        // Ended by an exception between two checkpoints: what came after the last one is lost and done again.
        Assert.Throws<InvalidOperationException>(() => Train("torn", config, progress: new Thrower(75)));
        var resumed = Train("torn", config, resume: true);
        Assert.Equal(69, resumed.ResumedFrom);
        Assert.Equal(whole.WeightsHash, resumed.WeightsHash);
        Assert.Equal(whole.HeldOut, resumed.HeldOut);
        // Not only the weights: moments, counters, thresholds and their average, and which state was the best.
        foreach (var file in (string[])["checkpoints/120/state.safetensors", "checkpoints/103/state.safetensors", "checkpoints/best.json"])
            Assert.Equal(Hashing.Sha256File(folder.In("whole", file)), Hashing.Sha256File(folder.In("torn", file)));

        // The exported folder, on raw columns, is what the run measured in the scaled space.
        using var sae = SaeFolder.Load(whole.ExportFolder!);
        Assert.Equal(Enum.Parse<SaeArchitecture>(published), sae.Config.Architecture);
        var (_, heldOut) = ClipSubset.Split(store, config.HeldOut, (ulong)config.Seed);
        var x = cat(heldOut.Clips.Select(clip => store.Clip(clip).Columns).ToArray(), 0);
        var (latents, reconstruction) = sae.Forward(x);
        var variance = x.sub(x.mean([0], true)).Square().sum().item<float>();
        Assert.Equal(whole.HeldOut!.ExplainedVariance, 1 - x.sub(reconstruction).Square().sum().item<float>() / variance, 1e-4);
        Assert.True(whole.HeldOut.ExplainedVariance > 0.5, $"explained variance {whole.HeldOut.ExplainedVariance}");
        var l0 = latents.Gt(0).to(ScalarType.Float32).sum(1).mean().item<float>();
        Assert.Equal(whole.HeldOut.L0, l0, 0.01 * whole.HeldOut.L0);
        if (config.Architecture is TrainArchitecture.BatchTopK or TrainArchitecture.Matryoshka)
            Assert.InRange(l0, 0.98 * K, 1.02 * K);

        // What watchers read is there as for the hand-written engine.
        var metrics = RunMetrics.Read(folder.In("whole", "metrics.jsonl"));
        Assert.True(metrics.Count(line => line.TryGetProperty("loss", out _)) >= 20);
        Assert.True(metrics.Count(line => line.TryGetProperty("heldOutExplainedVariance", out _)) >= 5);
        Assert.True(RunMetrics.Read(folder.In("whole", "histograms.jsonl")).Count >= 5);
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder.In("whole"))!.State);
    }

    [Theory, MemberData(nameof(All))]
    public void The_exported_form_does_to_raw_columns_what_the_training_form_does_to_scaled_ones(string kind, string published)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        Tensor Noise(double scale, params long[] shape) => randn(shape, generator: generator).Mul(scale);
        var architecture = Architecture.Of(Base with { Architecture = Enum.Parse<TrainArchitecture>(kind) });
        var extra = architecture.ExtraTensors(128).Select(tensor =>
        {
            using (tensor)
                return Noise(0.3, 128).abs();
        });
        var weights = new SaeWeights(Noise(0.3, 128, 32), Noise(0.3, 128), Noise(0.3, 128, 32), Noise(0.3, 32), [.. extra]);
        var scaling = new ColumnScaling(TensorData.ToArray(Noise(5, 32)), 0.37f);
        var mean = TensorData.FromFloats(scaling.Mean, 32);
        var raw = Noise(3, 200, 32).Add(mean);
        var scaled = raw.sub(mean).Mul(scaling.Scale);

        using var form = architecture.Export(weights, new SaeMetadata(), 0.4);
        using var exported = InputFolding.Fold(form, scaling);
        SaeFolder.Save(folder.In("exported"), exported);
        using var read = SaeFolder.Load(folder.In("exported"));

        Assert.Equal(Enum.Parse<SaeArchitecture>(published), read.Config.Architecture);
        var f = architecture.Encode(weights, scaled, 0.4);
        var latents = read.Encode(raw);
        // Rounding may carry a value over a threshold; more than a handful of 25,600 would be something else.
        var flipped = f.Gt(0).ne(latents.Gt(0));
        Assert.InRange(flipped.sum().item<long>(), 0, 3);
        var same = flipped.any(1).logical_not().to(ScalarType.Float32).unsqueeze(1);
        AssertClose(f.mul(same), latents.mul(same));
        AssertClose(weights.Decode(f).Div(scaling.Scale).Add(mean).mul(same), read.Decode(latents).mul(same));
    }

    private TrainResult Train(string name, TrainConfig config, bool resume = false, IProgress<TrainProgress>? progress = null)
    {
        using var run = RunFolder.Open(folder.In(name));
        return SaeTrainer.Train(store, config, run, folder.In(name + ".sae"), resume, progress, cancellation: TestContext.Current.CancellationToken);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        var error = actual.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>();
        Assert.True(error <= 1e-5, $"relative error {error}");
    }

    private sealed class Thrower(long step) : IProgress<TrainProgress>
    {
        public void Report(TrainProgress value)
        {
            if (value.Step >= step)
                throw new InvalidOperationException("stopped by the test");
        }
    }
}
