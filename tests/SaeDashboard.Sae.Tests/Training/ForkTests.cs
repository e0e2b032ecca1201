using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>Runs that begin with another's checkpoint.</summary>
public sealed class ForkTests : IDisposable
{
    private readonly RunBench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(TrainArchitecture.TopK)]
    [InlineData(TrainArchitecture.JumpRelu)]
    [InlineData(TrainArchitecture.BatchTopK)]
    public void A_fork_that_changes_nothing_ends_as_its_parent_does(TrainArchitecture architecture)
    {
        var config = RunBench.Config with { Architecture = architecture };
        var parent = bench.Train("parent", config);
        var fork = bench.Train("fork", config, fork: new RunFork(bench.In("parent"), 40));
        Assert.Equal((40L, 60L), (fork.ResumedFrom, fork.Step));
        Assert.Equal(parent.WeightsHash, fork.WeightsHash);
        Assert.Equal(parent.HeldOut, fork.HeldOut);
    }

    [Fact]
    public void A_fork_says_where_it_comes_from_and_continues_with_its_own_settings()
    {
        bench.Train("parent", RunBench.Config);
        var config = RunBench.Config with { K = 4, Steps = 90, LearningRate = 1e-4, Batch = 32, Seed = 5, AuxCoefficient = 0 };
        var fork = new RunFork(bench.In("parent"));
        Assert.Throws<InvalidOperationException>(() => bench.Train("fork", config, fork: fork, onProgress: progress =>
        {
            if (progress.Step >= 83)
                throw new InvalidOperationException("stopped by the test");
        }));
        // The parent may be gone when it is resumed.
        Directory.Move(bench.In("parent"), bench.In("moved"));
        var result = bench.Train("fork", config, resume: true, fork: fork);
        Assert.Equal((75L, 90L), (result.ResumedFrom, result.Step));

        var lines = RunMetrics.Read(bench.In("fork", "metrics.jsonl"));
        var forked = Assert.Single(lines, line => line.TryGetProperty("forkedFrom", out _)).GetProperty("forkedFrom");
        Assert.Equal(("parent", 60), (forked.GetProperty("run").GetString(), forked.GetProperty("step").GetInt32()));
        var curve = lines.Where(line => line.TryGetProperty("loss", out _)).ToArray();
        Assert.InRange(curve[0].GetProperty("step").GetInt64(), 61, 63);
        // The columns of the parent's batches, then its own smaller ones; its own schedule; its own k.
        Assert.Equal(60 * 64 + 30 * 32, curve[^1].GetProperty("columns").GetInt64());
        Assert.All(curve, line => Assert.InRange(line.GetProperty("learningRate").GetDouble(), 0, 1e-4));
        Assert.All(curve, line => Assert.InRange(line.GetProperty("l0").GetDouble(), 1, 4));
        using var sae = SaeFolder.Load(result.ExportFolder!);
        Assert.Equal(4, sae.Config.K);
        Assert.Equal("""{"run":"parent","step":60}""", sae.Config.Metadata.Training!["forkedFrom"]!.ToJsonString());
        Assert.Equal(60 * 64 + 30 * 32, sae.Config.Metadata.Training!["columns"]!.GetValue<long>());
        // Measured on what its parent did not train on, whatever its own seed.
        using var scope = NewDisposeScope();
        var (_, heldOut) = ClipSubset.Split(bench.Store, config.HeldOut, (ulong)RunBench.Config.Seed);
        var x = cat(heldOut.Clips.Select(clip => bench.Store.Clip(clip).Columns).ToArray(), 0);
        var (_, reconstruction) = sae.Forward(x);
        var variance = x.sub(x.mean([0], true)).Square().sum().item<float>();
        Assert.Equal(result.HeldOut!.ExplainedVariance, 1 - x.sub(reconstruction).Square().sum().item<float>() / variance, 1e-4);
    }

    [Fact]
    public void A_fork_of_a_fork_counts_the_columns_of_all_three()
    {
        bench.Train("first", RunBench.Config);
        bench.Train("second", RunBench.Config with { Batch = 32, Steps = 80 }, fork: new RunFork(bench.In("first")));
        var third = bench.Train("third", RunBench.Config with { Steps = 100 }, fork: new RunFork(bench.In("second"), 80));
        using var sae = SaeFolder.Load(third.ExportFolder!);
        Assert.Equal(60 * 64 + 20 * 32 + 20 * 64, sae.Config.Metadata.Training!["columns"]!.GetValue<long>());
    }

    [Fact]
    public void What_a_fork_cannot_change_is_all_listed_at_once()
    {
        bench.Train("parent", RunBench.Config);
        var config = RunBench.Config with { Architecture = TrainArchitecture.BatchTopK, Latents = 32, HeldOut = 0.2, Steps = 60, LearningRate = 2 };
        var message = Assert.Throws<UserException>(() => bench.Train("fork", config, fork: new RunFork(bench.In("parent")))).Message;
        foreach (var name in (string[])["architecture", "latents", "heldOut", "steps", "learningRate"])
            Assert.Contains($"\"{name}\" is ", message, StringComparison.Ordinal);
        Assert.Equal(RunState.Failed, RunFolder.ReadStatus(bench.In("fork"))!.State);
        Assert.Empty(bench.Steps("fork"));
    }

    [Fact]
    public void A_fork_needs_a_checkpoint_and_the_same_activations_and_a_folder_of_its_own()
    {
        bench.Train("parent", RunBench.Config);
        var longer = RunBench.Config with { Steps = 90 };
        string Refused(string name, RunFork fork) => Assert.Throws<UserException>(() => bench.Train(name, longer, fork: fork)).Message;
        Assert.Contains("no checkpoint of step 33; it has 40, 50, 60", Refused("fork", new RunFork(bench.In("parent"), 33)), StringComparison.Ordinal);
        Assert.Contains("no checkpoint to fork from", Refused("fork", new RunFork(bench.In("nowhere"))), StringComparison.Ordinal);
        Directory.Delete(bench.In("parent.sae"), recursive: true);
        Assert.Contains("into itself", Refused("parent", new RunFork(bench.In("parent"))), StringComparison.Ordinal);
        Assert.Equal([40L, 50L, 60L], bench.Steps("parent"));
        bench.Store.Dispose();
        bench.Store = SyntheticActivations.Make(bench.In("others"), 24, 128, 32);
        Assert.Contains("does not hold the activations", Refused("fork", new RunFork(bench.In("parent"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_a_fork_leaves_out_are_its_parents()
    {
        bench.Train("parent", RunBench.Config);
        File.WriteAllText(bench.In("changes.json"), """{ "steps": 90, "learningRate": 1e-4 }""");
        var config = TrainConfigFile.Read(bench.In("changes.json"), ForkPoint.Find(new RunFork(bench.In("parent"))).Config);
        Assert.Equal((90L, 1e-4, 64, 8), (config.Steps, config.LearningRate, config.Latents, config.K));
    }
}
