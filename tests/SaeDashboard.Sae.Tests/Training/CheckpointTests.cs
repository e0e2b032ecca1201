using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>Which states of a run are kept, and which of them it resumes from.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly RunBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void The_newest_three_the_best_and_the_pinned_are_kept()
    {
        // A learning rate that is far too large from the middle on: the best state is an early one.
        var config = RunBench.Config with { Steps = 100, Checkpoints = 10, Evaluations = 10, WarmUp = 1, Decay = 0, LearningRate = 0.9 };
        bench.Train("run", config, onProgress: progress =>
        {
            if (progress.Step == 33)
                RunCheckpoints.Pin(bench.In("run"), 30);
        });

        var losses = RunMetrics.Read(bench.In("run", "metrics.jsonl")).Where(line => line.TryGetProperty("heldOutLoss", out _))
            .GroupBy(line => line.GetProperty("step").GetInt64()).ToDictionary(group => group.Key, group => group.First().GetProperty("heldOutLoss").GetDouble());
        Assert.Equal(10, losses.Count);
        var best = losses.MinBy(pair => pair.Value);
        Assert.InRange(best.Key, 10, 60);
        Assert.Equal(new RunBest(best.Key, best.Value), RunCheckpoints.Best(bench.In("run")));
        Assert.Equal(new[] { best.Key, 30, 80, 90, 100 }.Distinct().Order(), bench.Steps("run"));
        var listed = RunCheckpoints.List(bench.In("run"));
        Assert.Equal([best.Key], listed.Where(one => one.Best).Select(one => one.Step));
        Assert.Equal([30L], listed.Where(one => one.Pinned).Select(one => one.Step));
        Assert.All(listed, one => Assert.Equal(new FileInfo(bench.StateOf("run", one.Step)).Length, one.Bytes));
    }

    [Theory]
    [InlineData("cut short")]
    [InlineData("empty")]
    [InlineData("a byte changed")]
    [InlineData("a tensor is missing")]
    [InlineData("another shape")]
    [InlineData("another step's")]
    [InlineData("gone")]
    public void A_newest_state_that_is_not_whole_is_passed_over(string damage)
    {
        var whole = bench.Train("run", RunBench.Config);
        var (state, kept) = (bench.StateOf("run", 60), Hashing.Sha256File(bench.StateOf("run", 60)));
        var bytes = File.ReadAllBytes(state);
        switch (damage)
        {
            case "cut short": File.WriteAllBytes(state, bytes[..^100]); break;
            case "empty": File.WriteAllBytes(state, []); break;
            case "a byte changed": bytes[^1] ^= 1; File.WriteAllBytes(state, bytes); break;
            case "a tensor is missing": bench.Rewrite("run", 60, (name, values) => name == "decoder.second_moment" ? null : (values, Shape(name, values))); break;
            case "another shape": bench.Rewrite("run", 60, (name, values) => name == "encoder_bias" ? (values[..^1], [values.Length - 1L]) : (values, Shape(name, values))); break;
            case "another step's": File.Copy(bench.StateOf("run", 50), state, overwrite: true); break;
            default: File.Delete(state); break;
        }
        Directory.Delete(bench.In("run.sae"), recursive: true);

        var resumed = bench.Train("run", RunBench.Config, resume: true);

        Assert.Equal(50, resumed.ResumedFrom);
        Assert.Contains("Checkpoint 60 skipped", File.ReadAllText(bench.In("run", "log.txt")), StringComparison.Ordinal);
        Assert.Equal(whole.WeightsHash, resumed.WeightsHash);
        Assert.Equal(kept, Hashing.Sha256File(state));
    }

    [Fact]
    public void Without_any_whole_state_nothing_is_thrown_away()
    {
        bench.Train("run", RunBench.Config);
        Directory.Delete(bench.In("run.sae"), recursive: true);
        var steps = bench.Steps("run");
        foreach (var step in steps)
            File.WriteAllBytes(bench.StateOf("run", step), [1, 2, 3]);
        var message = Assert.Throws<UserException>(() => bench.Train("run", RunBench.Config, resume: true)).Message;
        Assert.Contains($"None of the {steps.Length} checkpoints", message, StringComparison.Ordinal);
        Assert.Equal(steps, bench.Steps("run"));
    }

    [Fact]
    public void What_differs_from_the_run_that_is_resumed_is_all_listed()
    {
        bench.Train("run", RunBench.Config);
        Directory.Delete(bench.In("run.sae"), recursive: true);
        var other = RunBench.Config with { LearningRate = 1e-4, Batch = 32, Threads = 2, Checkpoints = 3 };
        var message = Assert.Throws<UserException>(() => bench.Train("run", other, resume: true)).Message;
        Assert.Contains("\"learningRate\" was 0.003 and is now 0.0001", message, StringComparison.Ordinal);
        Assert.Contains("\"batch\" was 64 and is now 32", message, StringComparison.Ordinal);
        Assert.DoesNotContain("threads", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kill_between_a_state_and_the_note_that_it_is_the_best_loses_neither()
    {
        bench.Train("run", RunBench.Config);
        var best = RunCheckpoints.Best(bench.In("run"))!;
        Directory.Delete(bench.In("run.sae"), recursive: true);
        File.WriteAllText(bench.In("run", "checkpoints", "best.json"), "{ \"step\": 1, ");
        Assert.Null(RunCheckpoints.Best(bench.In("run")));
        bench.Train("run", RunBench.Config, resume: true);
        Assert.Equal(best, RunCheckpoints.Best(bench.In("run")));
    }

    [Fact]
    public void Weights_that_overflow_stop_the_run_and_are_neither_saved_nor_exported()
    {
        // Without a memory of squares a latent that is silent for one step goes to infinity: gradients were finite, weights are not. Epsilon is the
        // smallest normal float32; a smaller one is 0 on threads that compute.
        var config = RunBench.Config with { Checkpoints = 60, Beta2 = 0, Epsilon = 1.2e-38, LearningRate = 0.99, ClipNorm = 1e30 };
        var message = Assert.Throws<UserException>(() => bench.Train("run", config)).Message;

        var status = RunFolder.ReadStatus(bench.In("run"))!;
        Assert.Equal((RunState.Failed, message), (status.State, status.Error));
        Assert.Contains($"stopped at step {status.Step}:", message, StringComparison.Ordinal);
        Assert.InRange(status.Step, 2, 60);
        var steps = bench.Steps("run");
        Assert.Contains($"checkpoint {steps[^1]},", message, StringComparison.Ordinal);
        Assert.Equal(status.Step - 1, steps[^1]);
        foreach (var step in steps)
        {
            using var file = SafetensorsFile.Open(bench.StateOf("run", step));
            Assert.All(file.Entries.Values.Where(entry => entry.DType == TensorDType.Float32), entry => Assert.All(file.ReadFloat32(entry.Name), value => Assert.True(float.IsFinite(value))));
        }
        Assert.False(Directory.Exists(bench.In("run.sae")));
    }

    private static long[] Shape(string name, float[] values) => name.Split('.')[0] is "encoder" or "decoder" ? [values.Length / 32, 32] : [values.Length];
}
