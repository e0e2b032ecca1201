using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>An SAE of any saved state of a run, and how often its latents fire.</summary>
public sealed class CheckpointExportTests : IDisposable
{
    private const int Width = 16;

    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();
    private readonly ActivationStore store;

    public CheckpointExportTests() => store = SyntheticActivations.Make(folder.In("activations"), 20, 128, Width);

    public static TheoryData<TrainArchitecture> Architectures => [.. Enum.GetValues<TrainArchitecture>()];

    private static TrainConfig Config(TrainArchitecture architecture) => new()
    {
        Architecture = architecture, Latents = 64, K = 6, Batch = 64, Steps = 80, LearningRate = 2e-3, Checkpoints = 4, HeldOut = 0.1,
        ScaleSamples = 1000, MedianSamples = 500, Threads = 1, DeadWindow = 1280,
    };

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Theory, MemberData(nameof(Architectures))]
    public void The_last_checkpoint_gives_what_the_run_gave_and_earlier_ones_what_it_was_then(TrainArchitecture architecture)
    {
        var trained = Train("run", Config(architecture));
        var steps = RunCheckpoints.List(folder.In("run")).Select(each => each.Step).ToArray();
        Assert.Equal(80, steps[^1]);

        var last = CheckpointExport.Export(new RunFork(folder.In("run")), folder.In("last"), store, 1, TestContext.Current.CancellationToken);
        var first = CheckpointExport.Export(new RunFork(folder.In("run"), steps[0]), folder.In("first"), store, 1, TestContext.Current.CancellationToken);

        Assert.Equal((80, trained.WeightsHash), (last.Step, last.WeightsHash));
        Assert.Equal(trained.HeldOut, last.HeldOut);
        Assert.Equal((steps[0], false), (first.Step, first.WeightsHash == last.WeightsHash));
        Assert.True(first.HeldOut!.Loss > last.HeldOut!.Loss);
        var config = SaeFolders.Inspect(folder.In("first")).Config;
        Assert.Equal(("layers.4.resid_post", "aa"), (config.Metadata.HookName, config.Metadata.ModelHash));
        Assert.Equal(steps[0], (long)config.Metadata.Training!["checkpoint"]!);
        Assert.Equal(SaeFolders.Read(folder.In("run", "sae")).Sparsity, SaeFolders.Read(folder.In("last")).Sparsity);
    }

    [Fact]
    public void Without_activations_it_is_made_and_not_measured_and_others_are_refused()
    {
        Train("run", Config(TrainArchitecture.TopK));
        var made = CheckpointExport.Export(new RunFork(folder.In("run")), folder.In("sae"), null, 1, TestContext.Current.CancellationToken);
        Assert.Null(made.HeldOut);
        Assert.Equal(SaeFolders.WeightsHash(folder.In("run", "sae")), made.WeightsHash);

        using var others = SyntheticActivations.Make(folder.In("others"), 20, 64, Width);
        Assert.Contains("does not hold the activations", Refusal(() => CheckpointExport.Export(new RunFork(folder.In("run")), folder.In("no"), others, 1)), StringComparison.Ordinal);
        Assert.Contains("no checkpoint of step 7", Refusal(() => CheckpointExport.Export(new RunFork(folder.In("run"), 7), folder.In("no"), null, 1)), StringComparison.Ordinal);
        Assert.Contains("exists already", Refusal(() => CheckpointExport.Export(new RunFork(folder.In("run")), folder.In("sae"), null, 1)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.In("no")));
    }

    /// <summary>sparsity.safetensors counts training columns: a latent that fired in the window of the dead is not one that never fired.</summary>
    [Fact]
    public void The_firing_frequency_is_over_training_columns_and_a_silent_latent_is_a_dead_one()
    {
        var config = Config(TrainArchitecture.TopK) with { AuxCoefficient = 0, Histograms = 7 };
        var result = Train("run", config);
        var sparsity = SaeFolders.Read(folder.In("run", "sae")).Sparsity!;
        var never = sparsity.Count(value => value <= -9.99f);
        Assert.Equal((int)Math.Round(result.DeadShare * config.Latents), never);
        // Every column of the window has k latents, or a few less where fewer are positive.
        var l0 = sparsity.Sum(value => Math.Pow(10, value));
        Assert.InRange(l0, config.K - 1, config.K + 1e-3);
    }

    [Fact]
    public void An_interrupted_run_counts_what_an_uninterrupted_one_counts()
    {
        var config = Config(TrainArchitecture.TopK) with { Histograms = 7 };
        Train("whole", config);
        using (var run = RunFolder.Open(folder.In("cut")))
        {
            using var stop = new CancellationTokenSource();
            var progress = new Stop(70, stop);
            SaeTrainer.Train(store, config, run, folder.In("cut", "sae"), resume: false, progress, cancellation: stop.Token);
        }
        using (var run = RunFolder.Open(folder.In("cut")))
            Assert.True(SaeTrainer.Train(store, config, run, folder.In("cut", "sae"), resume: true, cancellation: TestContext.Current.CancellationToken).Finished);
        Assert.Equal(SaeFolders.Read(folder.In("whole", "sae")).Sparsity, SaeFolders.Read(folder.In("cut", "sae")).Sparsity);
    }

    /// <summary>No paper asks that k be at most the width of the activations.</summary>
    [Theory, InlineData(TrainArchitecture.TopK), InlineData(TrainArchitecture.BatchTopK), InlineData(TrainArchitecture.Matryoshka)]
    public void K_may_exceed_the_width(TrainArchitecture architecture)
    {
        var result = Train("wide", Config(architecture) with { K = Width + 8, Steps = 40 });
        Assert.True(result.Finished);
        Assert.True(result.HeldOut!.L0 > Width / 2);
    }

    private TrainResult Train(string name, TrainConfig config)
    {
        using var run = RunFolder.Open(folder.In(name));
        return SaeTrainer.Train(store, config, run, folder.In(name, "sae"), resume: false, cancellation: TestContext.Current.CancellationToken);
    }

    private static string Refusal(Action action) => Assert.Throws<UserException>(action).Message;

    private sealed class Stop(long step, CancellationTokenSource source) : IProgress<TrainProgress>
    {
        public void Report(TrainProgress value)
        {
            if (value.Step >= step) source.Cancel();
        }
    }
}
