using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>Runs whose folders hold what no worker wrote: listed with the reason, without effect on others.</summary>
public sealed class OddRunTests : IDisposable
{
    private const string Good = "run-20260101-000002-gggg", Odd = "run-20260101-000001-nddd";

    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        FakeWorker.End(folder.Path);
        folder.Dispose();
    }

    [Theory]
    [InlineData("folder", "lock")]
    [InlineData("pipe", "lock")]
    [InlineData("socket", "lock")]
    [InlineData("link to itself", "lock")]
    [InlineData("folder", "status.json")]
    [InlineData("pipe", "status.json")]
    [InlineData("device", "status.json")]
    public void It_is_listed_with_the_reason_and_the_others_as_they_are(string kind, string file)
    {
        using var site = Site();
        OddThings.Put(kind, Path.Combine(site.Folder(Odd), file));
        Assert.Null(OddThings.Outcome(() => site.Registry.Scan()));
        Assert.Equal(RunState.Done, site.View(Good).Status.State);
        var odd = site.View(Odd);
        Assert.True(odd.Status.State is RunState.Unreadable or RunState.Failed, odd.Status.State.Name());
        Assert.Contains(Path.Combine(Odd, file), odd.Status.Error, StringComparison.Ordinal);

        // What was repaired is read again.
        if (Directory.Exists(Path.Combine(site.Folder(Odd), file))) Directory.Delete(Path.Combine(site.Folder(Odd), file));
        File.Delete(Path.Combine(site.Folder(Odd), file));
        Write(site, Odd);
        site.Registry.Scan();
        Assert.Equal(RunState.Done, site.View(Odd).Status.State);
    }

    [Theory]
    [InlineData("metrics.jsonl")]
    [InlineData("histograms.jsonl")]
    [InlineData("log.txt")]
    [InlineData("worker.log")]
    [InlineData("config.json")]
    public void A_pipe_in_another_files_place_does_not_block(string file)
    {
        using var site = Site();
        OddThings.Put("pipe", Path.Combine(site.Folder(Odd), file));
        Assert.Null(OddThings.Outcome(() =>
        {
            site.Registry.Scan();
            site.Bus.Find(Odd)!.Poll();
            _ = site.Registry.LogTail(Odd, 10);
            RunEndings.Write(site.Folder(Odd), null, "A line.", null);
        }));
        Assert.Equal(RunState.Done, site.View(Odd).Status.State);
        Assert.Equal(RunState.Done, site.View(Good).Status.State);
    }

    [Fact]
    public void A_folder_that_is_a_link_out_of_the_data_folder_is_not_read()
    {
        using var site = Site();
        Directory.Delete(site.Folder(Odd), recursive: true);
        Directory.CreateDirectory(folder["elsewhere"]);
        Directory.CreateSymbolicLink(site.Folder(Odd), folder["elsewhere"]);
        site.Registry.Scan();
        Assert.Equal(RunState.Unreadable, site.View(Odd).Status.State);
        Assert.Contains("link out of the data folder", site.View(Odd).Status.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_is_a_link_out_of_the_run_is_not_shown()
    {
        using var site = Site();
        File.WriteAllText(folder["secret"], "secret\n");
        File.CreateSymbolicLink(Path.Combine(site.Folder(Odd), "log.txt"), folder["secret"]);
        site.Registry.Scan();
        Assert.Empty(site.Registry.LogTail(Odd, 10));
    }

    [Fact]
    public void A_worker_log_that_is_a_pipe_fails_the_start_instead_of_waiting()
    {
        using var site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));
        var id = site.Start("piped");
        OddThings.Put("pipe", Path.Combine(site.Folder(id), "worker.log"));
        Assert.Null(OddThings.Outcome(() => site.UntilState(id, RunState.Failed)));
        Assert.Contains("worker.log is a named pipe", site.View(id).Status.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_is_asked_of_what_a_models_links_lead_to()
    {
        Directory.CreateDirectory(folder["plain"]);
        Directory.CreateDirectory(folder["links"]);
        using (var weights = File.Create(folder["plain/model.safetensors"])) weights.SetLength(3_000_000_000);
        File.CreateSymbolicLink(folder["links/model.safetensors"], folder["plain/model.safetensors"]);
        Assert.Equal(MemoryCheck.Estimate(Plan(folder["plain"])), MemoryCheck.Estimate(Plan(folder["links"])));
        Assert.True(MemoryCheck.Estimate(Plan(folder["links"])) > 6_000_000_000);
        Assert.True(MemoryCheck.Estimate(Plan(folder["gone"])) > 0);
    }

    private static RunPlan Plan(string model) => new() { ModelPath = model, DatasetPath = "/d", Layer = 4, ActivationsPath = "/a", SaePath = "/s" };

    private JobSite Site()
    {
        var site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));
        foreach (var id in (string[])[Good, Odd]) Write(site, id);
        return site;
    }

    private static void Write(JobSite site, string id)
    {
        Directory.CreateDirectory(site.Folder(id));
        AtomicFile.WriteJson(Path.Combine(site.Folder(id), "status.json"), new RunStatus(StageName.Train, RunState.Done, 1, 1, 0, 0, DateTimeOffset.UtcNow));
    }
}
