using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Core.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 23, 10, 15, 2, TimeSpan.Zero));

    private string RunPath => folder["runs/run-1"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_is_one_process_affair()
    {
        Assert.False(RunFolder.IsLocked(RunPath));
        Assert.Null(RunFolder.ReadStatus(RunPath));
        using (var run = RunFolder.Open(RunPath))
        {
            Assert.True(RunFolder.IsLocked(RunPath));
            Assert.True(Directory.Exists(run.CheckpointsPath));
            run.Report(StageName.Collect, RunState.Running, 1, 10, 0, null);
            var error = Assert.Throws<UserException>(() => RunFolder.Open(RunPath));
            Assert.Contains($"another process (perhaps {Environment.ProcessId})", error.Message, StringComparison.Ordinal);
        }
        Assert.False(RunFolder.IsLocked(RunPath));
        using var again = RunFolder.Open(RunPath);
    }

    [Fact]
    public void A_run_whose_process_was_killed_is_interrupted()
    {
        using (var run = RunFolder.Open(RunPath)) run.Report(StageName.Train, RunState.Running, 5, 10, 2, 2.5);
        using (var holder = Process.Start("flock", ["--no-fork", Path.Combine(RunPath, "lock"), "sleep", "60"]))
        {
            Assert.True(SpinWait.SpinUntil(() => RunFolder.IsLocked(RunPath), TimeSpan.FromSeconds(10)));
            Assert.Equal(RunState.Running, RunFolder.ReadStatus(RunPath)!.State);
            Assert.Throws<UserException>(() => RunFolder.Open(RunPath));
            holder.Kill();
            holder.WaitForExit();
        }
        Assert.Equal(RunState.Interrupted, RunFolder.ReadStatus(RunPath)!.State);
        using var resumed = RunFolder.Open(RunPath);
        resumed.Report(StageName.Train, RunState.Done, 10, 10, 2, 0);
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(RunPath)!.State);
    }

    [Fact]
    public void The_status_is_written_at_once_when_it_is_news_and_else_four_times_a_second()
    {
        using (var run = RunFolder.Open(RunPath, clock))
        {
            run.Report(StageName.Train, RunState.Running, 1, 100, double.NaN, double.PositiveInfinity);
            var first = new RunStatus(StageName.Train, RunState.Running, 1, 100, 0, null, clock.GetUtcNow(), null, Environment.ProcessId, Attempt: run.Attempt);
            Assert.Equal(first, RunFolder.ReadStatus(RunPath));
            clock.Advance(TimeSpan.FromSeconds(0.1));
            run.Report(StageName.Train, RunState.Running, 2, 100, 10, 9.8);
            Assert.Equal(1, RunFolder.ReadStatus(RunPath)!.Step);
            clock.Advance(TimeSpan.FromSeconds(0.2));
            run.Report(StageName.Train, RunState.Running, 3, 100, 10, 9.7);
            Assert.Equal(3, RunFolder.ReadStatus(RunPath)!.Step);
            run.Report(StageName.Index, RunState.Running, 0, 7, 10, 1);
            Assert.Equal(StageName.Index, RunFolder.ReadStatus(RunPath)!.Stage);
            run.Report(StageName.Index, RunState.Running, 7, 7, 10, 0);
            Assert.Equal(7, RunFolder.ReadStatus(RunPath)!.Step);
            run.Report(StageName.Index, RunState.Failed, 7, 7, 10, 0, "the disk is full");
            Assert.Equal("the disk is full", RunFolder.ReadStatus(RunPath)!.Error);
            run.Report(StageName.Index, RunState.Failed, 4, 7, 10, 0);
            Assert.Throws<ArgumentException>(() => run.Report(StageName.Index, RunState.Queued, 0, 1, 1, 1));
        }
        Assert.Equal(4, RunFolder.ReadStatus(RunPath)!.Step);
        var json = File.ReadAllText(Path.Combine(RunPath, "status.json"));
        Assert.Contains("\"heartbeat\": \"2026-11-23T10:15:", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_are_not_finite_become_null_and_are_named()
    {
        using (var run = RunFolder.Open(RunPath, clock))
        {
            run.Metric(new { Step = 1, Loss = 0.5, Rate = 1e10f });
            var layers = new[] { new { Norm = 1.0 }, new { Norm = double.NegativeInfinity } };
            run.Metric(new { Step = 2, Loss = double.NaN, Norm = float.PositiveInfinity, Layers = layers });
            double[] values = [1.0, double.NaN];
            run.Metric(new Dictionary<string, object?> { ["step"] = 3, ["loss"] = (double?)null, ["text"] = "NaN", ["values"] = values });
            run.Histogram(new { Step = 1, Counts = new[] { 1, 2 } });
            Assert.Throws<ArgumentException>(() => run.Metric(3));
        }
        Assert.Equal(
            [
                """{"step":1,"loss":0.5,"rate":1E+10,"time":1795428902000}""",
                """{"step":2,"loss":null,"norm":null,"layers":[{"norm":1},{"norm":null}],"nonFinite":["loss","norm","layers.1.norm"],"time":1795428902000}""",
                """{"step":3,"loss":null,"text":"NaN","values":[1,null],"nonFinite":["values.1"],"time":1795428902000}""",
            ],
            File.ReadAllLines(Path.Combine(RunPath, "metrics.jsonl")));
        Assert.Equal("{\"step\":1,\"counts\":[1,2],\"time\":1795428902000}\n", File.ReadAllText(Path.Combine(RunPath, "histograms.jsonl")));
    }

    [Fact]
    public void After_a_resume_later_steps_are_discarded()
    {
        using (var run = RunFolder.Open(RunPath))
        {
            for (var step = 1; step <= 5; step++) run.Metric(new { Step = step, Loss = 1.0 });
        }
        var metrics = Path.Combine(RunPath, "metrics.jsonl");
        File.AppendAllText(metrics, "{\"step\":6,\"lo");
        Assert.Equal(5, RunMetrics.Read(metrics).Count);
        using (var run = RunFolder.Open(RunPath))
        {
            run.MarkResumed(3);
            run.Metric(new { Step = 4, Loss = 2.0 });
        }
        Assert.Equal([1, 2, 3, 4], RunMetrics.Read(metrics).Select(line => line.GetProperty("step").GetInt32()));
        Assert.Equal(2.0, RunMetrics.Read(metrics)[^1].GetProperty("loss").GetDouble());
        File.AppendAllText(metrics, "7\n");
        Assert.Contains("line 8", Assert.Throws<UserException>(() => RunMetrics.Read(metrics)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancel_holds_until_it_is_obeyed()
    {
        using (var run = RunFolder.Open(RunPath))
        {
            run.Report(StageName.Collect, RunState.Done, 1, 1, 1, 0);
            Assert.False(run.EndRequested);
            RunFolder.RequestCancel(RunPath);
            Assert.True(run.EndRequested);
        }
        using (var next = RunFolder.Open(RunPath))
        {
            Assert.True(next.EndRequested); // Asked for between two stages.
            next.Report(StageName.Train, RunState.Cancelled, 0, 1, 0, null);
        }
        using (var resumed = RunFolder.Open(RunPath)) Assert.False(resumed.EndRequested);
        RunFolder.RequestCancel(RunPath);
        RunFolder.ClearRequests(RunPath);
        Assert.False(File.Exists(Path.Combine(RunPath, "cancel")));
    }

    [Fact]
    public void Config_and_log_are_kept()
    {
        using (var run = RunFolder.Open(RunPath, clock))
        {
            run.WriteConfig(new { Layer = 4, LearningRate = 1e-3 });
            run.Log("started");
            clock.Advance(TimeSpan.FromSeconds(1.5));
            run.Log("failed:\r\nwhy\n");
            // Others read it meanwhile.
            Assert.Equal(3, File.ReadAllLines(Path.Combine(RunPath, "log.txt")).Length);
        }
        using (var run = RunFolder.Open(RunPath, clock)) run.Log("again");
        Assert.Equal(
            ["2026-11-23T10:15:02.000Z started", "2026-11-23T10:15:03.500Z failed:", "    why", "2026-11-23T10:15:03.500Z again"],
            File.ReadAllLines(Path.Combine(RunPath, "log.txt")));
        Assert.Equal(4, JsonFile.Read<JsonElement>(Path.Combine(RunPath, "config.json")).GetProperty("layer").GetInt32());
    }

    [Fact]
    public async Task Several_threads_may_write_at_once()
    {
        using (var run = RunFolder.Open(RunPath))
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
            {
                for (var i = 0; i < 50; i++)
                {
                    run.Metric(new { Step = i, Thread = thread });
                    run.Report(StageName.Train, RunState.Running, i, 100, 1, null);
                    run.Log($"{thread} {i}");
                }
            })));
        }
        Assert.Equal(200, RunMetrics.Read(Path.Combine(RunPath, "metrics.jsonl")).Count);
        Assert.Equal(200, File.ReadAllLines(Path.Combine(RunPath, "log.txt")).Length);
    }

    [Fact]
    public void A_file_in_the_way_is_a_persons_error()
    {
        File.WriteAllText(folder["file"], "");
        var error = Assert.Throws<UserException>(() => RunFolder.Open(folder["file"]));
        Assert.Contains(folder["file"], error.Message, StringComparison.Ordinal);
    }
}
