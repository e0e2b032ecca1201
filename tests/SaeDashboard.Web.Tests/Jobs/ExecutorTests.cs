using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>Workers are started, watched, adopted, cancelled and mourned: with a shell script for a worker.</summary>
public sealed class ExecutorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string worker;
    private JobSite site;

    public ExecutorTests()
    {
        worker = FakeWorker.Write(folder.Path);
        site = new JobSite(folder["data"], worker);
    }

    public void Dispose()
    {
        // What a test left at work ends; a lock that is free says that it has.
        FakeWorker.Tell(folder.Path, "finish");
        foreach (var job in site.Queue.Waiting) site.Registry.Cancel(job.RunId, site.Person);
        foreach (var run in site.Registry.Runs)
        {
            if (RunFolder.IsLocked(site.Folder(run.Id)) && RunFolder.ReadStatus(site.Folder(run.Id))?.ProcessId is { } id) ProcessSignal.Send(id, ProcessSignal.Kill);
        }
        site.Until(() => site.Queue.Started.Count == 0 && site.Registry.Runs.All(run => !RunFolder.IsLocked(site.Folder(run.Id))), "every worker has ended");
        FakeWorker.End(folder.Path);
        site.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_worker_has_a_session_of_its_own_and_a_run_goes_from_queued_to_done()
    {
        var id = site.Start("first");
        Assert.Equal(RunState.Queued, site.View(id).Status.State);
        var process = site.Worker(id);
        Assert.Equal(process, JobSite.SessionOf(process));
        Assert.Equal(RunState.Running, site.View(id).Status.State);
        Assert.Equal("Ada", site.View(id).Owner);

        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(id, RunState.Done);
        Assert.Contains("the fake is done", site.Registry.LogTail(id, 10));
        site.Until(() => site.Queue.Started.Count == 0, "the job is closed");
    }

    [Fact]
    public void One_job_computes_at_a_time_and_the_next_says_whom_it_waits_for()
    {
        var first = site.Start("first");
        var second = site.Start("second");
        site.Worker(first);
        site.Until(() => site.View(second).Waiting?.Contains("first", StringComparison.Ordinal) == true, "the second says why it waits");
        Assert.Equal(RunState.Queued, site.View(second).Status.State);
        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(second, RunState.Done);
        Assert.Equal(2, FakeWorker.Starts(folder.Path).Count);
    }

    [Fact]
    public void Jobs_on_different_devices_compute_side_by_side_and_a_new_site_knows_on_which()
    {
        site.Devices.Report([DeviceInfo.Cpu, new DeviceInfo("cuda:0", "a card", 24_000_000_000)]);
        var cpu = site.Start("on the CPU");
        var gpu = site.Start("on the card", "cuda");
        var waits = site.Start("the card's next", "cuda:0");
        site.Worker(cpu);
        site.Worker(gpu);
        Assert.Equal(("cuda:0", "cuda:0"), (site.View(gpu).Plan.Device, site.View(gpu).Device));
        site.Until(() => site.View(waits).Waiting?.Contains("Queued behind on the card: jobs on cuda:0 run one at a time", StringComparison.Ordinal) == true, "the next says whom it waits for");

        site.Dispose();
        site = new JobSite(folder["data"], worker);
        Assert.Equal(["cpu", "cuda:0"], site.Queue.Started.Select(job => job.Device).Order());
        Assert.Equal("cuda:0", Assert.Single(site.Queue.Waiting).Device);
        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(waits, RunState.Done);
    }

    [Fact]
    public void A_device_that_is_not_there_is_refused_before_anything_is_queued()
    {
        site.Devices.Report([DeviceInfo.Cpu, new DeviceInfo("cuda:0", "a small card", 100_000_000)]);
        var missing = Assert.Throws<UserException>(() => site.Start("first", "cuda:1")).Message;
        Assert.Contains("cuda:1", missing, StringComparison.Ordinal);
        Assert.Contains("The worker reports cpu, cuda:0", missing, StringComparison.Ordinal);
        var small = Assert.Throws<UserException>(() => site.Start("first", "cuda:0")).Message;
        Assert.Contains("memory on cuda:0, which has 0.1 GB", small, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(site.Root.Runs));
        Assert.Empty(site.Queue.Waiting);

        // A run whose card has gone since.
        site.Devices.Report([DeviceInfo.Cpu, new DeviceInfo("cuda:0")]);
        var id = site.Start("first", "cuda:0");
        site.Worker(id);
        site.Registry.Cancel(id, site.Person);
        site.UntilState(id, RunState.Cancelled);
        site.Devices.Report([DeviceInfo.Cpu]);
        var gone = Assert.Throws<UserException>(() => site.Registry.Resume(id, site.Person)).Message;
        Assert.Contains("--resume --device cpu", gone, StringComparison.Ordinal);
    }

    [Fact]
    public void A_GPU_needs_its_own_memory_for_weights_and_this_machine_less()
    {
        var plan = new RunPlan { ModelPath = Path.Combine(site.Root.Demo, "model"), DatasetPath = "", Layer = 4, ActivationsPath = "", SaePath = "", Train = TrainSettings.Of(new TrainConfig { Latents = 65536 }, [TrainSetting.Of(nameof(TrainConfig.Latents))]) };
        var onGpu = plan with { Device = "cuda:0" };
        Assert.True(MemoryCheck.Estimate(onGpu) < MemoryCheck.Estimate(plan));
        // Four copies of the weights at least, and the pre-activations that a dense step keeps.
        Assert.True(MemoryCheck.EstimateGpu(onGpu) > 4L * 2 * 65536 * 256 * 4 + 6L * 65536 * 1024 * 4);
        Assert.True(MemoryCheck.EstimateGpu(onGpu with { ComputeType = "float16" }) < MemoryCheck.EstimateGpu(onGpu));
    }

    [Fact]
    public void A_killed_worker_is_shown_with_its_last_lines_and_can_be_resumed()
    {
        var id = site.Start("first");
        ProcessSignal.Send(site.Worker(id), ProcessSignal.Kill);
        site.UntilState(id, RunState.Interrupted);
        Assert.Contains("the fake begins", site.View(id).Status.Error, StringComparison.Ordinal);
        Assert.Contains("SIGKILL", site.View(id).Status.Error, StringComparison.Ordinal);

        FakeWorker.Tell(folder.Path, "finish");
        site.Registry.Resume(id, site.Person);
        site.UntilState(id, RunState.Done);
        Assert.EndsWith("--resume", FakeWorker.Starts(folder.Path)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_site_adopts_the_worker_of_the_old_one()
    {
        var id = site.Start("first");
        var waits = site.Start("second");
        var process = site.Worker(id);
        site.Dispose();
        site = new JobSite(folder["data"], worker);
        Assert.Equal(RunState.Running, site.View(id).Status.State);
        Assert.Equal(RunState.Queued, site.View(waits).Status.State);
        site.Until(() => site.View(waits).Waiting?.Contains("first", StringComparison.Ordinal) == true, "the adopted run holds the device");
        Assert.Equal(process, site.Worker(id));

        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(waits, RunState.Done);
        Assert.Equal(RunState.Done, site.View(id).Status.State);
        Assert.Equal(2, FakeWorker.Starts(folder.Path).Count);
    }

    [Fact]
    public void A_worker_that_died_while_no_site_was_there_is_found_interrupted()
    {
        var id = site.Start("first");
        var process = site.Worker(id);
        site.Dispose();
        ProcessSignal.Send(process, ProcessSignal.Kill);
        site = new JobSite(folder["data"], worker);
        site.UntilState(id, RunState.Interrupted);
        Assert.Contains("the fake begins", site.View(id).Status.Error, StringComparison.Ordinal);
        Assert.True(site.View(id).CanResume);
    }

    [Fact]
    public void A_cancel_is_asked_for_with_a_file()
    {
        var id = site.Start("first");
        site.Worker(id);
        site.Registry.Cancel(id, site.Person);
        site.UntilState(id, RunState.Cancelled);
        Assert.Contains("the fake obeys", site.Registry.LogTail(id, 5));
    }

    [Fact]
    public void A_paused_run_makes_room_for_the_next_and_continues_when_it_is_resumed()
    {
        var first = site.Start("first");
        var second = site.Start("second");
        site.Worker(first);
        Assert.Equal(1, site.Registry.PlaceInQueue(second));
        site.Registry.Pause(first, site.Person);
        Assert.True(site.Registry.IsPausing(first));
        site.UntilState(first, RunState.Paused);
        site.Worker(second);
        Assert.True(site.View(first).CanResume);

        site.Registry.Resume(first, site.Person);
        Assert.Equal(RunState.Queued, site.View(first).Status.State);
        Assert.False(File.Exists(Path.Combine(site.Folder(first), "pause")));
        // One that waits is paused at once.
        site.Registry.Pause(first, site.Person);
        Assert.Equal(RunState.Paused, site.View(first).Status.State);
        Assert.Null(site.Registry.PlaceInQueue(first));
        site.Registry.Resume(first, site.Person);
        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(first, RunState.Done);
        Assert.Equal(3, FakeWorker.Starts(folder.Path).Count);
        Assert.EndsWith("--resume", FakeWorker.Starts(folder.Path)[2], StringComparison.Ordinal);
        Assert.Throws<UserException>(() => site.Registry.Pause(first, site.Person));
    }

    [Fact]
    public void A_run_that_is_cancelled_while_it_pauses_is_cancelled()
    {
        FakeWorker.Tell(folder.Path, "deaf");
        var id = site.Start("first");
        site.Worker(id);
        site.Registry.Pause(id, site.Person);
        site.Registry.Cancel(id, site.Person);
        Assert.False(site.Registry.IsPausing(id));
        Assert.True(site.Registry.IsStopping(id));
        site.UntilState(id, RunState.Cancelled);
    }

    [Fact]
    public void A_worker_that_hears_nothing_is_ended()
    {
        FakeWorker.Tell(folder.Path, "deaf");
        var id = site.Start("first");
        site.Worker(id);
        site.Registry.Cancel(id, site.Person);
        Assert.True(site.Registry.IsStopping(id));
        site.UntilState(id, RunState.Cancelled);
        Assert.False(RunFolder.IsLocked(site.Folder(id)));
    }

    [Fact]
    public void A_run_that_waits_is_cancelled_before_it_begins()
    {
        var first = site.Start("first");
        var second = site.Start("second");
        site.Worker(first);
        site.Registry.Cancel(second, site.Person);
        Assert.Equal(RunState.Cancelled, site.View(second).Status.State);
        Assert.True(site.View(second).CanResume);
        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(first, RunState.Done);
        Assert.Single(FakeWorker.Starts(folder.Path));
    }

    [Fact]
    public async Task Jobs_that_stop_with_the_site_are_paused_before_it_ends_and_can_be_resumed()
    {
        var first = site.Start("first");
        var second = site.Start("second");
        var process = site.Worker(first);
        site.Executor.PauseJobs();
        // Rounds are still made while the web server closes: the next job must not take the device.
        site.Until(() => site.Queue.Started.Count == 0, "the first has ended");
        site.Executor.Tick();
        await site.Executor.StopJobs();
        Assert.False(RunFolder.IsLocked(site.Folder(first)));
        Assert.False(Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}")));
        Assert.Single(FakeWorker.Starts(folder.Path));
        Assert.Contains(site.Registry.LogTail(first, 5), line => line.Contains("Paused when the site stopped", StringComparison.Ordinal));

        site.Dispose();
        site = new JobSite(folder["data"], worker);
        Assert.Equal(RunState.Paused, site.View(first).Status.State);
        Assert.True(site.View(first).CanResume);
        Assert.Equal(RunState.Queued, site.View(second).Status.State);
        site.Registry.Resume(first, site.Person);
        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(first, RunState.Done);
        site.UntilState(second, RunState.Done);
    }

    [Fact]
    public async Task A_job_that_does_not_stop_with_the_site_holds_it_up_for_a_limited_time()
    {
        FakeWorker.Tell(folder.Path, "deaf");
        var id = site.Start("first");
        site.Worker(id);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await site.Executor.StopJobs();
        Assert.InRange(watch.Elapsed.TotalSeconds, JobSite.StopSeconds, JobSite.StopSeconds + 5);
        Assert.True(RunFolder.IsLocked(site.Folder(id)));

        // The container's end kills it. The request that it did not hear does not stop it a second time.
        ProcessSignal.Send(site.Worker(id), ProcessSignal.Kill);
        site.UntilState(id, RunState.Interrupted);
        site.Dispose();
        site = new JobSite(folder["data"], worker);
        FakeWorker.Tell(folder.Path, "work");
        site.Registry.Resume(id, site.Person);
        site.Worker(id);
        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(id, RunState.Done);
    }

    [Fact]
    public void What_a_worker_printed_before_it_could_begin_is_the_runs_error()
    {
        FakeWorker.Tell(folder.Path, "broken");
        var id = site.Start("first");
        site.UntilState(id, RunState.Failed);
        Assert.Contains("no such device", site.View(id).Status.Error, StringComparison.Ordinal);
        Assert.Contains("exit code 1", site.View(id).Status.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deleted_run_can_be_brought_back_and_one_at_work_is_not_deleted()
    {
        var id = site.Start("first");
        site.Worker(id);
        Assert.Throws<UserException>(() => site.Registry.Delete(id, site.Person));
        FakeWorker.Tell(folder.Path, "finish");
        site.UntilState(id, RunState.Done);
        site.Until(() => !RunFolder.IsLocked(site.Folder(id)) && !site.Queue.IsStarted(id), "the lock is free and the worker's end is seen");

        site.Registry.Rename(id, "a better name", site.Person);
        site.Registry.Delete(id, site.Person);
        Assert.Null(site.Registry.Find(id));
        Assert.False(Directory.Exists(site.Folder(id)));
        site.Registry.Restore(id, site.Person);
        Assert.Equal("a better name", site.View(id).Name);
        Assert.Equal(RunState.Done, site.View(id).Status.State);
    }

    [Fact]
    public void Runs_of_the_same_data_share_activations_and_each_has_an_SAE_of_its_own()
    {
        var first = site.View(site.Start("first")).Plan;
        var second = site.View(site.Start("second")).Plan;
        Assert.Equal(first.ActivationsPath, second.ActivationsPath);
        Assert.NotEqual(first.SaePath, second.SaePath);
        var other = site.Registry.Activations(first with { ActivationsPath = "", Clips = 40 });
        Assert.NotEqual(first.ActivationsPath, other.Path);
        Assert.False(other.Exists);
        var rounded = site.Registry.Activations(first with { ActivationsPath = "", ComputeType = "bfloat16" });
        Assert.NotEqual(first.ActivationsPath, rounded.Path);
        // Kept in another type they are another folder too: the worker refuses activations of another type.
        var half = site.Registry.Activations(first with { ActivationsPath = "", Store = "bfloat16" });
        Assert.Equal(3, new[] { first.ActivationsPath, rounded.Path, half.Path }.Distinct().Count());
    }

    [Fact]
    public void A_plan_that_cannot_work_leaves_nothing()
    {
        var plan = new RunPlan { ModelPath = "/etc", DatasetPath = Path.Combine(site.Root.Demo, "dataset"), Layer = 4, ActivationsPath = "", SaePath = "" };
        var outside = Assert.Throws<UserException>(() => site.Registry.Start(plan, "bad", site.Person));
        Assert.Contains("/etc", outside.Message, StringComparison.Ordinal);
        var greedy = plan with { ModelPath = Path.Combine(site.Root.Demo, "model"), Train = TrainSettings.Of(new TrainConfig { Latents = 16_777_216 }, [TrainSetting.Of(nameof(TrainConfig.Latents))]) };
        Assert.Contains("memory", Assert.Throws<UserException>(() => site.Registry.Start(greedy, "big", site.Person)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(site.Root.Runs));
        Assert.Empty(site.Queue.Waiting);
    }

    [Fact]
    public void Who_asks_for_a_run_that_is_none_gets_none()
    {
        Assert.Null(site.Registry.Find("../../etc"));
        Assert.Null(site.Bus.Find("run-20261123-101502-../x"));
        Assert.Throws<UserException>(() => site.Registry.Cancel(string.Create(CultureInfo.InvariantCulture, $"run-{DateTime.UtcNow:yyyyMMdd-HHmmss}-aaaa"), site.Person));
    }
}
