using SaeDashboard.Core.Runs;

namespace SaeDashboard.Core.Tests.Runs;

/// <summary>One attempt after another in a run's folder: what each may change, whatever clock, disk and people do.</summary>
public sealed class RunAttemptTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string RunPath => folder["runs/run-1"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_clock_that_steps_back_does_not_keep_the_status_from_being_written()
    {
        var clock = new SteppingClock();
        using var run = RunFolder.Open(RunPath, clock);
        run.Report(StageName.Train, RunState.Running, 1, 100, 1, null);
        clock.Now -= TimeSpan.FromHours(1);
        clock.Elapse(TimeSpan.FromSeconds(1));
        run.Report(StageName.Train, RunState.Running, 2, 100, 1, null);
        Assert.Equal((2L, clock.Now), (RunFolder.ReadStatus(RunPath)!.Step, RunFolder.ReadStatus(RunPath)!.Heartbeat));
        clock.Now -= TimeSpan.FromHours(1);
        clock.Elapse(TimeSpan.FromSeconds(1));
        run.Beat();
        Assert.Equal(clock.Now, RunFolder.ReadStatus(RunPath)!.Heartbeat);
        // Forwards it is not written more often either.
        clock.Now += TimeSpan.FromDays(1);
        run.Report(StageName.Train, RunState.Running, 3, 100, 1, null);
        Assert.Equal(2, RunFolder.ReadStatus(RunPath)!.Step);
    }

    [Fact]
    public void Every_attempt_has_an_id_of_its_own()
    {
        Attempt(RunState.Cancelled);
        var first = RunFolder.ReadStatus(RunPath)!.Attempt;
        Attempt(RunState.Cancelled);
        Assert.Equal(16, first!.Length);
        Assert.NotEqual(first, RunFolder.ReadStatus(RunPath)!.Attempt);
    }

    [Theory]
    [InlineData(RunState.Failed)]
    [InlineData(RunState.Cancelled)]
    [InlineData(RunState.Paused)]
    public void A_run_that_is_done_stays_done_unless_it_is_started_over(RunState end)
    {
        Attempt(RunState.Done);
        var before = File.ReadAllText(Path.Combine(RunPath, "status.json"));
        Attempt(end);
        Assert.Equal(before, File.ReadAllText(Path.Combine(RunPath, "status.json")));
        Assert.False(RunConclusion.Write(RunPath, RunState.Failed, "the worker is gone", "the worker is gone"));
        Assert.Equal(before, File.ReadAllText(Path.Combine(RunPath, "status.json")));
        Attempt(end, over: true);
        Assert.Equal(end, RunFolder.ReadStatus(RunPath)!.State);
    }

    [Fact]
    public void An_attempt_that_is_refused_before_it_begins_leaves_the_record_as_it_was()
    {
        Attempt(RunState.Cancelled, step: 7);
        var before = File.ReadAllText(Path.Combine(RunPath, "status.json"));
        using (var refused = RunFolder.Open(RunPath)) refused.Report(StageName.Train, RunState.Failed, 0, 10, 0, null, "other settings");
        Assert.Equal(before, File.ReadAllText(Path.Combine(RunPath, "status.json")));
        // One that had begun says what happened, and so does the first.
        Attempt(RunState.Failed, step: 8);
        Assert.Equal((RunState.Failed, 8L), (RunFolder.ReadStatus(RunPath)!.State, RunFolder.ReadStatus(RunPath)!.Step));
        using (var first = RunFolder.Open(folder["runs/run-2"])) first.Report(StageName.Train, RunState.Failed, 0, 10, 0, null, "no such model");
        Assert.Equal(RunState.Failed, RunFolder.ReadStatus(folder["runs/run-2"])!.State);
    }

    [Fact]
    public void What_is_concluded_keeps_the_attempts_step_and_a_damaged_status_is_kept_aside()
    {
        using (var run = RunFolder.Open(RunPath)) run.Report(StageName.Train, RunState.Running, 4, 10, 3, 2);
        var status = RunFolder.ReadStatus(RunPath)!;
        Assert.True(RunConclusion.Write(RunPath, RunState.Failed, "killed", "killed"));
        var concluded = RunFolder.ReadStatus(RunPath)!;
        Assert.Equal((RunState.Failed, 4L, "killed", status.Attempt, status.ProcessId), (concluded.State, concluded.Step, concluded.Error, concluded.Attempt, concluded.ProcessId));

        File.WriteAllText(Path.Combine(RunPath, "status.json"), "{");
        using (var open = RunFolder.Open(RunPath))
        {
            Assert.True(open.HasRunBefore);
            Assert.Null(open.Earlier);
            Assert.Throws<UserException>(() => RunConclusion.Write(RunPath, RunState.Failed, "killed", "killed"));
        }
        Assert.True(RunConclusion.Write(RunPath, RunState.Failed, "damaged", "damaged"));
        Assert.Equal("damaged", RunFolder.ReadStatus(RunPath)!.Error);
        Assert.Equal("{", File.ReadAllText(Path.Combine(RunPath, "status.json.damaged")));
    }

    [Fact]
    public void A_folder_that_was_removed_does_not_come_back()
    {
        Assert.False(RunConclusion.Write(RunPath, RunState.Failed, "gone", "gone"));
        Assert.Throws<UserException>(() => RunFolder.RequestCancel(RunPath));
        Assert.Throws<UserException>(() => RunFolder.RequestPause(RunPath));
        Assert.False(Directory.Exists(RunPath));
        using (var run = RunFolder.Open(RunPath))
        {
            run.Report(StageName.Train, RunState.Running, 1, 100, 1, null);
            run.Metric(new { Step = 1 });
            run.Report(StageName.Train, RunState.Running, 2, 100, 1, null);
            Assert.False(run.EndRequested);
            Directory.Delete(RunPath, recursive: true);
            Assert.True(run.EndRequested);
            run.Metric(new { Step = 2 });
            Assert.Contains("was removed", Assert.Throws<UserException>(() => run.Report(StageName.Train, RunState.Failed, 3, 100, 1, null, "gone")).Message, StringComparison.Ordinal);
            Assert.Throws<UserException>(() => run.WriteConfig(new { Layer = 4 }));
            Assert.Throws<UserException>(run.RequirePresent);
        }
        Assert.False(Directory.Exists(RunPath));
    }

    private void Attempt(RunState end, long step = 5, bool over = false)
    {
        using var run = RunFolder.Open(RunPath);
        if (over) run.StartOver();
        run.Report(StageName.Train, RunState.Running, 1, 10, 1, null);
        run.Report(StageName.Train, end, step, 10, 1, null);
    }

    /// <summary>A clock that people set, and one that only goes forwards.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long ticks;

        public DateTimeOffset Now { get; set; } = new(2026, 11, 23, 10, 15, 2, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Elapse(TimeSpan time) => ticks += time.Ticks;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => ticks;
    }
}
