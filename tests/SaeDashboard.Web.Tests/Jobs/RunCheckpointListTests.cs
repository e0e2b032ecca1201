using SaeDashboard.Core;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>The saved states of a run.</summary>
public sealed class RunCheckpointListTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_newest_is_first_and_best_and_pinned_are_told()
    {
        foreach (var step in new[] { 90, 1000, 200 }) Save(step, step);
        Directory.CreateDirectory(folder["checkpoints/.300.tmp"]);
        Directory.CreateDirectory(folder["checkpoints/400"]);
        File.WriteAllText(folder["checkpoints/best.json"], """{"step":200,"heldOutLoss":0.125}""");
        RunCheckpointList.Pin(folder.Path, 90, pinned: true);

        var list = RunCheckpointList.Of(folder.Path);
        Assert.Equal([1000L, 200, 90], list.Select(each => each.Step));
        Assert.Equal([(false, null), (true, 0.125), (false, (double?)null)], list.Select(each => (each.Best, each.HeldOutLoss)));
        Assert.Equal([false, false, true], list.Select(each => each.Pinned));
        Assert.Equal(1000, list[0].Bytes);
        Assert.True(File.Exists(folder["checkpoints/90/pinned"]));

        RunCheckpointList.Pin(folder.Path, 90, pinned: false);
        Assert.False(File.Exists(folder["checkpoints/90/pinned"]));
        Assert.Contains("400", Assert.Throws<UserException>(() => RunCheckpointList.Pin(folder.Path, 400, pinned: true)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"step":"x"}""")]
    public void A_best_that_cannot_be_read_is_no_best(string text)
    {
        Save(5, 1);
        File.WriteAllText(folder["checkpoints/best.json"], text);
        Assert.False(Assert.Single(RunCheckpointList.Of(folder.Path)).Best);
    }

    [Fact]
    public void A_run_that_saved_none_has_none() => Assert.Empty(RunCheckpointList.Of(folder.Path));

    private void Save(int step, int bytes)
    {
        var path = Directory.CreateDirectory(folder[$"checkpoints/{step}"]).FullName;
        File.WriteAllBytes(Path.Combine(path, "state.safetensors"), new byte[bytes]);
    }
}
