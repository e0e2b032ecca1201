using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>The list of runs while many hands change it.</summary>
public sealed class RunRegistryTests : IDisposable
{
    private const int Hands = 8, RunsEach = 60;

    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        FakeWorker.End(folder.Path);
        folder.Dispose();
    }

    [Fact]
    public void A_resumed_run_does_not_seem_to_begin_again()
    {
        using var site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));
        const string id = "run-20261125-000000-aaaa";
        using (var first = RunFolder.Open(site.Folder(id))) first.Report(StageName.Train, RunState.Paused, 350, 1000, 0, null);
        site.Registry.Refresh(id);
        // What a worker says that opens its activations and its checkpoint.
        using var second = RunFolder.Open(site.Folder(id));
        second.Report(StageName.Collect, RunState.Running, 0, 0, 0, null);
        site.Registry.Refresh(id);
        Assert.Equal((StageName.Train, 350, 1000, RunState.Running), Shown());
        second.Report(StageName.Train, RunState.Running, 0, 1000, 0, null);
        site.Registry.Refresh(id);
        Assert.Equal((StageName.Train, 350, 1000, RunState.Running), Shown());
        // From its checkpoint, which may be a little before.
        // It is written a few times a second at most.
        while (RunFolder.ReadStatus(site.Folder(id))!.Step != 340) second.Report(StageName.Train, RunState.Running, 340, 1000, 0, null);
        site.Registry.Refresh(id);
        Assert.Equal((StageName.Train, 340, 1000, RunState.Running), Shown());

        (StageName, long, long, RunState) Shown() => site.View(id).Status is var status ? (status.Stage, status.Step, status.Total, status.State) : default;
    }

    [Fact]
    public async Task The_SAE_of_a_deleted_run_keeps_its_name_and_the_run_is_listed_as_deleted()
    {
        using var site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));
        var id = site.Start("Layer 4, wide");
        site.Registry.Cancel(id, site.Person);
        var sae = site.View(id).Plan.SaePath;
        Directory.CreateDirectory(sae);
        File.WriteAllText(Path.Combine(sae, "cfg.json"), "{}");
        var locations = new LocationRepository(site.Database);
        using var catalog = new Catalog(site.Root, locations, new RunRepository(site.Database), new ShippedThings(site.Root, locations, new PresetRepository(site.Database), NullLogger<ShippedThings>.Instance), NullLogger<Catalog>.Instance);
        await catalog.RescanAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Layer 4, wide", catalog.SaeByPath(sae)!.Name);
        site.Registry.Delete(id, site.Person);
        await catalog.RescanAsync(TestContext.Current.CancellationToken);
        Assert.Equal("Layer 4, wide", catalog.SaeByPath(sae)!.Name);
        Assert.Equal((id, "Layer 4, wide"), site.Registry.Deleted() is [var deleted] ? (deleted.Id, deleted.Name) : default);
        site.Registry.Restore(id, site.Person);
        Assert.Empty(site.Registry.Deleted());
    }

    [Fact]
    public void A_run_that_was_listed_stays_listed_when_others_are_added()
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
