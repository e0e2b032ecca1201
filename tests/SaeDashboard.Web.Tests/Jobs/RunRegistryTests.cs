using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>The list of runs while many hands change it.</summary>
public sealed class RunRegistryTests : IDisposable
{
    private const int Hands = 8, RunsEach = 60;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_that_was_listed_stays_listed_whoever_adds_others()
    {
        using var site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));
        var lost = 0;
        var threads = Enumerable.Range(0, Hands).Select(hand => new Thread(() =>
        {
            for (var i = 0; i < RunsEach; i++)
            {
                var id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"run-20261125-{hand:D2}00{i:D2}-aaaa");
                Directory.CreateDirectory(site.Folder(id));
                AtomicFile.WriteJson(Path.Combine(site.Folder(id), "status.json"), new RunStatus(StageName.Train, RunState.Done, 1, 1, 0, 0, DateTimeOffset.UtcNow));
                site.Registry.Refresh(id);
                for (var look = 0; look < 50; look++)
                {
                    if (site.Registry.Runs.All(run => run.Id != id)) Interlocked.Increment(ref lost);
                }
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.Equal(0, lost);
        Assert.Equal(Hands * RunsEach, site.Registry.Runs.Count);
    }
}
