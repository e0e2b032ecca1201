using SaeDashboard.Core.Runs;
using SaeDashboard.Tests;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>A worker that ends because the disk is full cannot write why: the site finds out. Mounts a disk, which needs root.</summary>
[Trait("Length", "Long")]
public sealed class FullDiskRunTests : IDisposable
{
    private readonly SmallDisk disk = new(256);

    public void Dispose() => disk.Dispose();

    [Fact]
    public void The_end_of_a_run_on_a_full_disk_says_so()
    {
        var folder = Directory.CreateDirectory(disk["run"]).FullName;
        disk.Fill(0);
        var full = JobOutcome.Of(folder, RunRecord.Read(folder), before: null, exit: 1, cancelled: false);
        Assert.Equal(RunState.Failed, full.State);
        Assert.Contains("exit code 1", full.Message, StringComparison.Ordinal);
        Assert.Contains("the disk is full. Make room there and try again", full.Message, StringComparison.Ordinal);

        disk.MakeRoom();
        var roomy = JobOutcome.Of(folder, RunRecord.Read(folder), before: null, exit: 1, cancelled: false);
        Assert.Equal("The worker ended with exit code 1.", roomy.Message);
        Assert.Empty(Directory.GetFiles(folder));
    }
}
