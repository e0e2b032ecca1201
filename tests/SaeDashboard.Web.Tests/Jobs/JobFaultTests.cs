using Microsoft.Extensions.Logging;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>Clocks that step back, damaged and removed folders, two hands at once, a store that cannot be written: no run is lost by them.</summary>
public sealed class JobFaultTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string worker;
    private JobSite site;

    public JobFaultTests()
    {
        worker = FakeWorker.Write(folder.Path);
        site = new JobSite(folder["data"], worker);
    }

    public void Dispose()
    {
        FakeWorker.End(folder.Path);
        site.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_run_whose_clock_stepped_back_ends_as_it_says()
    {
        FakeWorker.SetClock(folder.Path, "1 hour ago");
        var first = site.Start("first");
        site.Worker(first);
        FakeWorker.Tell(folder.Path, "finish");
        Settle(first);
        Assert.Equal((RunState.Done, null), (site.View(first).Status.State, site.View(first).Status.Error));

        FakeWorker.Tell(folder.Path, "work");
        var second = site.Start("second");
        site.Worker(second);
        site.Registry.Cancel(second, site.Person);
        Settle(second);
        Assert.Equal(RunState.Cancelled, site.View(second).Status.State);
        Assert.Equal([RunState.Cancelled, RunState.Done], site.Rows.Recent(5).Select(row => row.State));
    }

    [Fact]
    public void A_resume_that_ends_without_a_word_has_failed_also_when_the_clock_stepped_back()
    {
        var id = site.Start("first");
        site.Worker(id);
        site.Registry.Cancel(id, site.Person);
        Settle(id);
        // What the status says was written in the future.
        var status = RunFolder.ReadStatus(site.Folder(id))!;
        AtomicFile.WriteJson(Path.Combine(site.Folder(id), "status.json"), status with { Heartbeat = DateTimeOffset.UtcNow.AddHours(1) });
        FakeWorker.Tell(folder.Path, "mute");
        site.Registry.Resume(id, site.Person);
        Settle(id);
        Assert.Equal(RunState.Failed, site.View(id).Status.State);
        Assert.Contains("no memory", site.View(id).Status.Error, StringComparison.Ordinal);
        Assert.Equal(status.Step, site.View(id).Status.Step);
    }

    [Fact]
    public void A_job_that_was_noted_as_waiting_while_its_run_was_done_leaves_the_run_done()
    {
        var id = site.Start("first");
        site.Worker(id);
        FakeWorker.Tell(folder.Path, "finish");
        Settle(id);
        var status = File.ReadAllText(Path.Combine(site.Folder(id), "status.json"));
        // As a site leaves it that was killed between the start of the worker and the note of it.
        site.Rows.Queue(id, JobKind.Start, "cpu", site.Person);
        Restart();
        Settle(id);
        Assert.Equal(status, File.ReadAllText(Path.Combine(site.Folder(id), "status.json")));
        Assert.Single(FakeWorker.Starts(folder.Path));
        Assert.Empty(site.Rows.Open());
    }

    [Fact]
    public void A_job_that_was_noted_as_waiting_while_its_worker_was_at_work_is_adopted()
    {
        var id = site.Start("first");
        var process = site.Worker(id);
        var job = Assert.Single(site.Queue.Started);
        site.Rows.Ended(job.Id, RunState.Interrupted, null, site.Person);
        site.Rows.Queue(id, JobKind.Start, "cpu", site.Person);
        Restart();
        site.Until(() => site.Queue.IsStarted(id), "the worker is adopted");
        Assert.Equal(process, site.Worker(id));
        FakeWorker.Tell(folder.Path, "finish");
        Settle(id);
        Assert.Equal(RunState.Done, site.View(id).Status.State);
        Assert.Single(FakeWorker.Starts(folder.Path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_status_is_a_failed_run_and_the_queue_continues(bool restart)
    {
        var id = site.Start("first");
        var next = site.Start("second");
        ProcessSignal.Send(site.Worker(id), ProcessSignal.Kill);
        site.Registry.Cancel(next, site.Person);
        site.Registry.Resume(next, site.Person);
        File.WriteAllText(Path.Combine(site.Folder(id), "status.json"), "{\"stage\":");
        if (restart) Restart();
        FakeWorker.Tell(folder.Path, "finish");
        Settle(next);
        Assert.Equal(RunState.Done, site.View(next).Status.State);
        Settle(id);
        Assert.Equal(RunState.Failed, site.View(id).Status.State);
        Assert.Contains("status.json", site.View(id).Status.Error, StringComparison.Ordinal);
        Assert.Equal("{\"stage\":", File.ReadAllText(Path.Combine(site.Folder(id), "status.json.damaged")));

        site.Registry.Resume(id, site.Person);
        Settle(id);
        Assert.Equal(RunState.Done, site.View(id).Status.State);
    }

    [Fact]
    public async Task Of_many_who_resume_a_run_at_once_one_does()
    {
        var id = site.Start("first");
        site.Worker(id);
        site.Registry.Cancel(id, site.Person);
        Settle(id);
        using var go = new ManualResetEventSlim();
        var hands = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
        {
            go.Wait();
            try
            {
                site.Registry.Resume(id, site.Person);
                return 1;
            }
            catch (UserException)
            {
                return 0;
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        go.Set();
        Assert.Equal(1, (await Task.WhenAll(hands)).Sum());
        Assert.Single(site.Queue.Waiting);
        Assert.Single(site.Rows.Open());
        site.Worker(id);
        site.Registry.Cancel(id, site.Person);
        Settle(id);
        Assert.Equal(RunState.Cancelled, site.View(id).Status.State);
        Assert.Equal(2, FakeWorker.Starts(folder.Path).Count);
    }

    [Fact]
    public void A_run_that_an_earlier_site_queued_twice_is_made_once()
    {
        var id = site.Start("first");
        site.Rows.Queue(id, JobKind.Resume, "cpu", site.Person);
        Restart();
        Assert.Single(site.Queue.Waiting);
        Assert.Single(site.Rows.Open());
    }

    [Fact]
    public void A_run_is_deleted_also_when_one_of_its_id_is_in_the_trash_and_a_failed_deletion_changes_nothing()
    {
        var id = Finished("first");
        var trash = Path.Combine(site.Root.Runs, ".trash");
        Directory.CreateDirectory(Path.Combine(trash, id));
        File.WriteAllText(Path.Combine(trash, id, "old"), "");
        site.Registry.Delete(id, site.Person);
        Assert.Null(site.Registry.Find(id));
        Assert.True(File.Exists(Path.Combine(trash, id, "old")));
        site.Registry.Restore(id, site.Person);
        Assert.Equal(RunState.Done, site.View(id).Status.State);
        Assert.True(File.Exists(Path.Combine(trash, id, "old")));

        // No place for it: a file where the trash is.
        Directory.Delete(trash, recursive: true);
        File.WriteAllText(trash, "");
        Assert.Throws<UserException>(() => site.Registry.Delete(id, site.Person));
        Assert.Equal(RunState.Done, site.View(id).Status.State);
        File.Delete(trash);
        site.Registry.Delete(id, site.Person);
        Assert.Null(site.Registry.Find(id));

        // What cannot be noted is not done.
        site.Registry.Restore(id, site.Person);
        site.LoseStore();
        Assert.ThrowsAny<Exception>(() => site.Registry.Delete(id, site.Person));
        Assert.True(Directory.Exists(site.Folder(id)));
    }

    [Fact]
    public void A_folder_that_was_removed_by_hand_does_not_come_back()
    {
        var work = site.Start("at work");
        var waits = site.Start("waits");
        site.Worker(work);
        Directory.Delete(site.Folder(waits), recursive: true);
        Assert.Throws<UserException>(() => site.Registry.Cancel(waits, site.Person));
        Directory.Delete(site.Folder(work), recursive: true);
        Assert.Throws<UserException>(() => site.Registry.Pause(work, site.Person));
        // The worker is ended, though it can no longer be asked.
        site.Until(() => site.Queue.Started.Count == 0 && site.Queue.Waiting.Count == 0, "both jobs are over");
        Assert.Single(FakeWorker.Starts(folder.Path));
        Assert.False(Directory.Exists(site.Folder(work)));
        Assert.False(Directory.Exists(site.Folder(waits)));
        Assert.Empty(site.Registry.Runs);
        Assert.Empty(site.Rows.Open());
        site.Start("the next");
        site.Until(() => site.Queue.Started.Count == 1, "the queue continues");
    }

    [Fact]
    public void What_cannot_be_stored_is_said_once_and_tried_later()
    {
        var log = new CountingLog();
        site.Dispose();
        site = new JobSite(folder["data"], worker, log);
        var id = site.Start("first");
        site.Worker(id);
        var next = site.Start("second");
        site.LoseStore();
        FakeWorker.Tell(folder.Path, "finish");
        site.Until(() => site.View(id).Status.State == RunState.Done && site.Queue.Started.Count == 0, "the first is done");
        for (var round = 0; round < 40; round++)
        {
            site.Executor.Tick();
            Thread.Sleep(20);
        }
        // One for the row of the job that ended, one for the job that cannot begin: not forty.
        Assert.InRange(log.Errors, 1, 2);
        Assert.Equal(RunState.Queued, site.View(next).Status.State);
        Assert.Single(FakeWorker.Starts(folder.Path));
    }

    [Fact]
    public void What_is_tried_again_waits_longer_each_time_and_does_not_hold_up_the_rest()
    {
        var (said, tries, others) = (new List<string>(), 0, 0);
        var table = new RetryTable((name, error) => said.Add($"{name}: {error.Message}"));
        for (var round = 0; round < 100; round++)
        {
            table.Try("run-a", () =>
            {
                tries++;
                throw new UserException("the disk is full");
            });
            table.Try("run-b", () => others++);
        }
        Assert.Equal((1, 100), (tries, others));
        Assert.Equal(["run-a: the disk is full"], said);
        table.Keep(new HashSet<string> { "run-b" });
        table.Try("run-a", () => tries++);
        Assert.Equal(2, tries);
    }

    private string Finished(string name)
    {
        FakeWorker.Tell(folder.Path, "finish");
        var id = site.Start(name);
        Settle(id);
        return id;
    }

    /// <summary>Makes rounds until the run's job is over.</summary>
    private void Settle(string id) => site.Until(() => !site.Queue.IsStarted(id) && !site.Queue.IsWaiting(id), $"the job of {id} is over");

    private void Restart()
    {
        site.Dispose();
        site = new JobSite(folder["data"], worker);
    }

    private sealed class CountingLog : ILogger<JobExecutor>
    {
        public int Errors { get; private set; }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error) Errors++;
        }
    }
}
