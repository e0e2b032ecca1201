using SaeDashboard.Core.Runs;

namespace SaeDashboard.Core.Tests.Runs;

/// <summary>What a reader sees of the checkpoints of a run that another process trains.</summary>
public sealed class RunCheckpointsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string RunPath => folder["run"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_states_of_a_run_are_listed_oldest_first_with_what_is_said_of_them()
    {
        Assert.Empty(RunCheckpoints.List(RunPath));
        Make(20, 5);
        Make(100, 7);
        Make(9, 3);
        // Not checkpoints: one in the making, one without a state, another's name.
        foreach (var name in (string[])[".30.work-1", "40", "007", "old"])
            Directory.CreateDirectory(folder[$"run/checkpoints/{name}"]);
        RunCheckpoints.WriteBest(folder["run/checkpoints"], new RunBest(20, 0.25));

        var listed = RunCheckpoints.List(RunPath);

        Assert.Equal([(9L, 3L, false), (20L, 5L, true), (100L, 7L, false)], listed.Select(one => (one.Step, one.Bytes, one.Best)));
        Assert.Equal(new RunBest(20, 0.25), RunCheckpoints.Best(RunPath));
        Directory.Delete(folder["run/checkpoints/20"], recursive: true);
        Assert.Null(RunCheckpoints.Best(RunPath));
        Assert.DoesNotContain(RunCheckpoints.List(RunPath), one => one.Best);
    }

    [Fact]
    public void A_pin_is_set_and_taken_back_and_needs_a_state()
    {
        Make(20, 5);
        Make(30, 5);
        RunCheckpoints.Pin(RunPath, 20);
        RunCheckpoints.Pin(RunPath, 20);
        Assert.Equal([true, false], RunCheckpoints.List(RunPath).Select(one => one.Pinned));
        RunCheckpoints.Unpin(RunPath, 20);
        Assert.DoesNotContain(RunCheckpoints.List(RunPath), one => one.Pinned);
        var message = Assert.Throws<UserException>(() => RunCheckpoints.Pin(RunPath, 25)).Message;
        Assert.Contains("no checkpoint of step 25; it has 20, 30", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["run/checkpoints/25"]));
    }

    private void Make(long step, int bytes)
    {
        Directory.CreateDirectory(RunCheckpoints.PathOf(RunPath, step));
        File.WriteAllBytes(Path.Combine(RunCheckpoints.PathOf(RunPath, step), RunCheckpoints.StateFile), new byte[bytes]);
    }
}
