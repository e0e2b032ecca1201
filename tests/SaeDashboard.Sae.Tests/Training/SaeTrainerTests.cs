using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>Whole runs, small ones: on made-up activations of 32 dimensions.</summary>
public sealed class SaeTrainerTests : IDisposable
{
    private static readonly TrainConfig Config = new()
    {
        Latents = 128,
        K = 8,
        Batch = 128,
        Steps = 300,
        LearningRate = 3e-3,
        HeldOut = 0.1,
        ScaleSamples = 4000,
        MedianSamples = 2000,
        Threads = 2,
    };

    private readonly TestFolders.TemporaryFolder folder = TestFolders.Temporary();
    private ActivationStore store;

    public SaeTrainerTests() => store = SyntheticActivations.Make(folder.In("activations"), 40, 128, 32);

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_run_learns_reports_and_exports()
    {
        using var scope = NewDisposeScope();
        // More clips than elsewhere: of few, a run learns the noise.
        store.Dispose();
        store = SyntheticActivations.Make(folder.In("more"), 300, 128, 32);
        var result = Train("run", Config with { K = 12, Steps = 600 });

        Assert.True(result.Finished);
        Assert.True(result.HeldOut!.ExplainedVariance > 0.9, $"explained variance {result.HeldOut.ExplainedVariance}");
        Assert.InRange(result.HeldOut.L0, 8, 12);
        Assert.True(result.DeadShare < 0.2, $"dead {result.DeadShare}");

        // The exported folder, on raw columns, is what the run measured in the scaled space.
        using var sae = SaeFolder.Load(result.ExportFolder!);
        Assert.Equal(result.WeightsHash, sae.WeightsHash);
        Assert.Equal((32, 128, 12), (sae.Config.DIn, sae.Config.DSae, sae.Config.K));
        var metadata = sae.Config.Metadata;
        Assert.Equal(("toy", "aa", "bb"), (metadata.ModelName, metadata.ModelHash, metadata.DatasetHash));
        Assert.Equal(("layers.4.resid_post", 4), (metadata.HookName, metadata.Layer));
        var (_, heldOut) = ClipSubset.Split(store, Config.HeldOut, (ulong)Config.Seed);
        var x = cat(heldOut.Clips.Select(clip => store.Clip(clip).Columns).ToArray(), 0);
        var (latents, reconstruction) = sae.Forward(x);
        var error = x.sub(reconstruction).Square().sum().item<float>();
        var variance = x.sub(x.mean([0], true)).Square().sum().item<float>();
        Assert.Equal(result.HeldOut.ExplainedVariance, 1 - error / variance, 1e-4);

        // How often latents fire in training: what is often on there is often on in the clips held out, and a column has as many.
        using var sparsity = SafetensorsFile.Open(Path.Combine(result.ExportFolder!, "sparsity.safetensors"));
        var inTraining = sparsity.ReadFloat32("sparsity").Select(value => Math.Pow(10, value)).ToArray();
        var inHeldOut = TensorData.ToArray(latents.Gt(0).to(ScalarType.Float32).mean([0]));
        Assert.InRange(inTraining.Sum(), 8, 12.001);
        Assert.True(inTraining.Zip(inHeldOut, (a, b) => Math.Abs(a - b)).Max() < 0.2);

        // What watchers read.
        var metrics = RunMetrics.Read(folder.In("run", "metrics.jsonl"));
        Assert.True(metrics.Count(line => line.TryGetProperty("loss", out _)) >= 20);
        Assert.True(metrics.Count(line => line.TryGetProperty("heldOutExplainedVariance", out _)) >= 5);
        Assert.True(RunMetrics.Read(folder.In("run", "histograms.jsonl")).Count >= 5);
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder.In("run"))!.State);
        Assert.Equal([480, 540, 600], CheckpointSteps("run"));
    }

    [Fact]
    public void Equal_seeds_give_equal_weights_with_any_number_of_threads()
    {
        var config = Config with { Steps = 60, DeadWindow = 1000 };
        var first = Train("a", config).WeightsHash;
        Assert.Equal(first, Train("b", config).WeightsHash);
        Assert.Equal(first, Train("c", config with { Threads = 1 }).WeightsHash);
        Assert.NotEqual(first, Train("d", config with { Seed = 1 }).WeightsHash);
    }

    [Theory]
    [InlineData(TrainArchitecture.TopK, null)]
    [InlineData(TrainArchitecture.BatchTopK, null)]
    [InlineData(TrainArchitecture.BatchTopK, TrainCandidates.BFloat16)]
    [InlineData(TrainArchitecture.Matryoshka, null)]
    [InlineData(TrainArchitecture.JumpRelu, null)]
    public void A_run_that_was_stopped_and_resumed_ends_with_the_same_bits(TrainArchitecture architecture, TrainCandidates? candidates)
    {
        // A short dead window, so that the dead latents' loss is at work on both sides of the stop; a norm that most gradients exceed.
        var config = Config with { Steps = 120, DeadWindow = 1000, Checkpoints = 7, Architecture = architecture, Candidates = candidates, ClipNorm = 0.02 };
        var whole = Train("whole", config);

        // Ended by an exception between two checkpoints, as a kill would: what came after the last one is lost and done again.
        Assert.Throws<InvalidOperationException>(() => Train("torn", config, progress: new Thrower(75)));
        Assert.Equal(69, CheckpointSteps("torn")[^1]);
        var resumed = Train("torn", config, resume: true);

        Assert.Equal(69, resumed.ResumedFrom);
        Assert.Equal(whole.WeightsHash, resumed.WeightsHash);
        var steps = LoggedSteps("torn");
        Assert.Equal(steps.Distinct(), steps);
        Assert.Equal(120, steps[^1]);
    }

    [Fact]
    public void A_cancelled_run_says_so_keeps_its_state_and_can_resume()
    {
        var config = Config with { Steps = 120 };
        var whole = Train("whole", config);
        using var source = new CancellationTokenSource();

        var cancelled = Train("cancelled", config, progress: new Canceller(50, source), stop: source);

        Assert.False(cancelled.Finished);
        Assert.InRange(cancelled.Step, 50, 119);
        Assert.Null(cancelled.ExportFolder);
        Assert.False(Directory.Exists(folder.In("cancelled.sae")));
        Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(folder.In("cancelled"))!.State);
        Assert.Equal(whole.WeightsHash, Train("cancelled", config, resume: true).WeightsHash);
    }

    [Fact]
    public void A_cancel_file_ends_a_run()
    {
        Directory.CreateDirectory(folder.In("run"));
        RunFolder.RequestCancel(folder.In("run"));
        Assert.False(Train("run", Config).Finished);
    }

    [Fact]
    public void Half_a_checkpoint_is_passed_over()
    {
        var config = Config with { Steps = 60, Checkpoints = 3 };
        var whole = Train("whole", config);
        var state = folder.In("whole", "checkpoints", "60", "state.safetensors");
        File.WriteAllBytes(state, File.ReadAllBytes(state)[..5000]);
        Directory.CreateDirectory(folder.In("whole", "checkpoints", ".50.work-0123"));
        Directory.Delete(folder.In("whole.sae"), recursive: true);

        var resumed = Train("whole", config, resume: true);

        Assert.Equal(40, resumed.ResumedFrom);
        Assert.Equal(whole.WeightsHash, resumed.WeightsHash);
    }

    [Fact]
    public void Checkpoints_of_other_settings_are_refused()
    {
        Train("run", Config with { Steps = 20 });
        Directory.Delete(folder.In("run.sae"), recursive: true);
        var before = File.ReadAllText(folder.In("run", "status.json"));
        var other = Config with { Steps = 20, LearningRate = 1e-4 };
        var message = Assert.Throws<UserException>(() => Train("run", other, resume: true)).Message;
        Assert.Contains("other settings", message, StringComparison.Ordinal);
        // The run is what it was: done.
        Assert.Equal(before, File.ReadAllText(folder.In("run", "status.json")));
    }

    [Fact]
    public void Without_resume_a_run_starts_over()
    {
        var config = Config with { Steps = 30, Checkpoints = 3 };
        var first = Train("run", config);
        Directory.Delete(folder.In("run.sae"), recursive: true);
        var second = Train("run", config);
        Assert.Equal(0, second.ResumedFrom);
        Assert.Equal(first.WeightsHash, second.WeightsHash);
        var steps = LoggedSteps("run");
        Assert.Equal(steps.Distinct(), steps);
    }

    [Fact]
    public void A_store_with_what_is_not_a_number_is_called_damaged()
    {
        var clip = ClipSubset.Split(store, Config.HeldOut, (ulong)Config.Seed).Train.Clips[7];
        var position = clip * store.Source.ClipBytes() + (100 * 32 + 3) * 4;
        store.Dispose();
        using (var shard = File.OpenWrite(folder.In("activations", "shard-00000.bin")))
        {
            shard.Position = position;
            shard.Write(BitConverter.GetBytes(float.NaN));
        }
        store = ActivationStore.Open(folder.In("activations"));
        // Every column is drawn for the scale, so it is met there.
        var message = Assert.Throws<UserException>(() => Train("run", Config with { Steps = 20, ScaleSamples = 1 << 20 })).Message;
        Assert.Contains("not finite: they are damaged. Collect them again", message, StringComparison.Ordinal);
        Assert.DoesNotContain("learned", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_meets_what_is_not_a_number_stops_with_the_step_and_keeps_its_last_good_state()
    {
        // The writer refuses such activations, so the shard is damaged afterwards: in one clip that is trained on.
        var config = Config with { Steps = 120, Checkpoints = 30 };
        var position = ClipSubset.Split(store, config.HeldOut, (ulong)config.Seed).Train.Clips[7] * store.Source.ClipBytes() + 100 * 32 * 4;
        store.Dispose();
        var good = File.ReadAllBytes(folder.In("activations", "shard-00000.bin")).AsSpan((int)position, 4).ToArray();
        using (var shard = File.OpenWrite(folder.In("activations", "shard-00000.bin")))
        {
            shard.Position = position;
            shard.Write(BitConverter.GetBytes(float.NaN));
        }
        store = ActivationStore.Open(folder.In("activations"));
        // Few samples for scale and centre, so that they do not meet it first.
        var message = Assert.Throws<UserException>(() => Train("run", config with { ScaleSamples = 50, MedianSamples = 50 })).Message;

        Assert.Matches("step [0-9]+", message);
        Assert.Contains("NaN", message, StringComparison.Ordinal);
        var status = RunFolder.ReadStatus(folder.In("run"))!;
        Assert.Equal(RunState.Failed, status.State);
        Assert.Contains("NaN", status.Error, StringComparison.Ordinal);
        Assert.Contains($"stopped at step {status.Step}:", status.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.In("run.sae")));
        var last = CheckpointSteps("run")[^1];
        Assert.True(last < status.Step, $"checkpoint {last}, stopped at step {status.Step}");
        Assert.Contains($"checkpoint {last},", status.Error, StringComparison.Ordinal);
        var newest = last.ToString(CultureInfo.InvariantCulture);
        using (var file = SafetensorsFile.Open(folder.In("run", "checkpoints", newest, "state.safetensors")))
            Assert.All(file.ReadFloat32("encoder"), value => Assert.True(float.IsFinite(value)));

        // With the damage repaired it resumes from there.
        store.Dispose();
        using (var shard = File.OpenWrite(folder.In("activations", "shard-00000.bin")))
        {
            shard.Position = position;
            shard.Write(good);
        }
        store = ActivationStore.Open(folder.In("activations"));
        var few = config with { ScaleSamples = 50, MedianSamples = 50 };
        var resumed = Train("run", few, resume: true);
        Assert.Equal(last, resumed.ResumedFrom);
        Assert.Equal(Train("straight", few).WeightsHash, resumed.WeightsHash);
    }

    [Fact]
    public void An_export_folder_that_exists_is_refused_before_any_work()
    {
        Directory.CreateDirectory(folder.In("run.sae"));
        Assert.Contains("run.sae", Assert.Throws<UserException>(() => Train("run", Config)).Message, StringComparison.Ordinal);
    }

    private TrainResult Train(
        string name, TrainConfig config, bool resume = false,
        IProgress<TrainProgress>? progress = null, CancellationTokenSource? stop = null)
    {
        using var run = RunFolder.Open(folder.In(name));
        var cancellation = stop?.Token ?? TestContext.Current.CancellationToken;
        return SaeTrainer.Train(store, config, run, folder.In(name + ".sae"), resume, progress, cancellation: cancellation);
    }

    private long[] LoggedSteps(string name) =>
    [
        .. RunMetrics.Read(folder.In(name, "metrics.jsonl")).Where(line => line.TryGetProperty("loss", out _))
            .Select(line => line.GetProperty("step").GetInt64()),
    ];

    private int[] CheckpointSteps(string name) =>
    [
        .. Directory.EnumerateDirectories(folder.In(name, "checkpoints")).Select(path => Path.GetFileName(path))
            .Where(step => step[0] != '.').Select(step => int.Parse(step, CultureInfo.InvariantCulture)).Order(),
    ];

    private sealed class Thrower(long step) : IProgress<TrainProgress>
    {
        public void Report(TrainProgress value)
        {
            if (value.Step >= step)
                throw new InvalidOperationException("stopped by the test");
        }
    }

    private sealed class Canceller(long step, CancellationTokenSource source) : IProgress<TrainProgress>
    {
        public void Report(TrainProgress value)
        {
            if (value.Step >= step)
                source.Cancel();
        }
    }
}
