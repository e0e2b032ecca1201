using System.Net.ServerSentEvents;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Tests.Api;

/// <summary>What programs that watch the jobs receive.</summary>
public sealed class JobFeedTests : IDisposable
{
    private const string First = "run-20260101-000000-aaaa", Second = "run-20260101-000000-bbbb";
    private static readonly Actor Ann = new("local", "Ann");

    private readonly TemporaryFolder folder = new();
    private readonly Database database;
    private readonly JobRepository rows;
    private readonly FakeRunRegistry runs = new();
    private readonly FakeTimeProvider clock = new();
    private readonly Life life = new();
    private readonly JobFeed feed;

    public JobFeedTests()
    {
        database = Database.Open(folder.Path);
        rows = new JobRepository(database);
        feed = new JobFeed(runs, new JobViews(rows, runs, new CountingStore()), clock, life);
        SetRun(First, 1);
    }

    public void Dispose()
    {
        feed.Dispose();
        life.Dispose();
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_watcher_gets_the_jobs_that_are_open_then_each_change_and_a_change_of_nothing_is_no_event()
    {
        var done = rows.Queue(Second, JobKind.Start, "cpu", Ann);
        rows.Ended(done, RunState.Done, null, Ann);
        var job = rows.Queue(First, JobKind.Start, "cpu", Ann);
        await using var events = Watch(null);
        var begin = await NextAsync(events);
        Assert.Equal(("job", job, "job 1"), (begin.EventType, begin.Data!.Id, begin.Data.RunName));
        SetRun(First, 5);
        runs.Announce(First);
        runs.Announce(First);
        var change = await NextAsync(events);
        Assert.Equal((0.5, job), (change.Data!.Fraction, change.Data.Id));
        Assert.NotEqual(begin.EventId, change.EventId);
        rows.Ended(job, RunState.Done, "well", Ann);
        runs.Announce(First);
        var end = await NextAsync(events);
        Assert.Equal((RunState.Done, "well", null), (end.Data!.State, end.Data.Message, end.Data.Fraction));
    }

    [Fact]
    public async Task A_watcher_that_comes_back_gets_the_newest_state_of_each_job_that_changed_meanwhile()
    {
        var job = rows.Queue(First, JobKind.Start, "cpu", Ann);
        string seen;
        await using (var events = Watch(null)) seen = (await NextAsync(events)).EventId!;
        for (var step = 2; step <= 9; step++)
        {
            SetRun(First, step);
            runs.Announce(First);
        }
        rows.Ended(job, RunState.Failed, "out of memory", Ann);
        runs.Announce(First);
        await using var again = Watch(seen);
        var only = await NextAsync(again);
        Assert.Equal((RunState.Failed, "out of memory"), (only.Data!.State, only.Data.Message));
        SetRun(Second, 1);
        var next = rows.Queue(Second, JobKind.Start, "cpu", Ann);
        runs.Announce(Second);
        Assert.Equal(next, (await NextAsync(again)).Data!.Id);
        // One that has seen all of it gets nothing but the sign that the connection is open.
        await using var last = Watch(only.EventId);
        Assert.Equal(next, (await NextAsync(last)).Data!.Id);
    }

    [Theory]
    [InlineData("00000000-3")]
    [InlineData("not an id")]
    public async Task A_watcher_whose_place_is_not_known_gets_the_open_jobs_and_how_the_last_ones_ended(string lost)
    {
        var ended = rows.Queue(Second, JobKind.Start, "cpu", Ann);
        rows.Ended(ended, RunState.Done, null, Ann);
        var open = rows.Queue(First, JobKind.Start, "cpu", Ann);
        await using var events = Watch(lost);
        Assert.Equal([ended, open], [(await NextAsync(events)).Data!.Id, (await NextAsync(events)).Data!.Id]);
    }

    [Fact]
    public async Task Without_jobs_there_is_a_sign_of_life_at_once_and_every_15_seconds_and_the_stream_ends_with_the_site()
    {
        await using var events = Watch(null);
        Assert.Equal(("alive", null), ((await NextAsync(events)).EventType, events.Current.Data));
        var next = events.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(16));
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.Equal("alive", events.Current.EventType);
        var last = events.MoveNextAsync().AsTask();
        life.StopApplication();
        Assert.False(await last.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    private IAsyncEnumerator<SseItem<ApiJob?>> Watch(string? lastSeen) => feed.ReadAsync(lastSeen, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

    private static async Task<SseItem<ApiJob?>> NextAsync(IAsyncEnumerator<SseItem<ApiJob?>> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        return events.Current;
    }

    private void SetRun(string id, long step) => runs.Runs =
    [
        .. runs.Runs.Where(run => run.Id != id),
        new RunView(id, $"job {step}", new RunPlan { ModelPath = "/m", DatasetPath = "/d", Layer = 4, ActivationsPath = "/a", SaePath = "/s" },
            new RunStatus(StageName.Train, RunState.Running, step, 10, 0, null, DateTimeOffset.UnixEpoch), null, "Ann", DateTimeOffset.UnixEpoch, new Dictionary<string, double?>(), false),
    ];

    private sealed class Life : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource stopping = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => stopping.Token;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => stopping.Cancel();

        public void Dispose() => stopping.Dispose();
    }
}
