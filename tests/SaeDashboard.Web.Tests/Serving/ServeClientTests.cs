using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Serving;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Tests.Serving;

/// <summary>What is heard of takes from a music worker whose answers come in the order a test wants.</summary>
public sealed class ServeClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private readonly DataRoot root;
    private readonly ServeProcess program;
    private readonly Channel<string> events = Channel.CreateUnbounded<string>();
    private readonly SemaphoreSlim asked = new(0);
    private readonly SemaphoreSlim answer = new(0);
    private volatile GenerationStatus[] queue = [];
    private WebApplication app = null!;
    private ServeSupervisor supervisor = null!;
    private ServeClient client = null!;

    public ServeClientTests()
    {
        root = DataRoot.Open(folder["data"], folder["no-demo"]);
        program = new ServeProcess(root, Options.Create(new SiteOptions()), Options.Create(new ComputeOptions()));
    }

    private static CancellationToken Limit => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(ServePaths.Socket(root.Path)));
        app = builder.Build();
        // No process has this id: the supervisor must not end the tests when they are slow to answer.
        app.MapGet("/v1/health", () => new ServeHealth(ServeLoadState.Ready, program.Build(), int.MaxValue, root.Path, null, [], queue.Length, null, null));
        app.MapGet("/v1/generations", async () =>
        {
            // What it says is what was so when it was asked.
            var was = queue;
            asked.Release();
            await answer.WaitAsync(Limit);
            return was;
        });
        app.MapPost("/v1/generations", async (HttpContext context) =>
        {
            // Starting alone leaves the headers in the server's buffer.
            await context.Response.Body.FlushAsync(Limit);
            await foreach (var line in events.Reader.ReadAllAsync(Limit))
            {
                if (line.Length == 0) return;
                await context.Response.WriteAsync(line + "\n", Limit);
                await context.Response.Body.FlushAsync(Limit);
            }
        });
        await app.StartAsync(Limit);
        supervisor = new ServeSupervisor(program, root, Options.Create(new ComputeOptions { Threads = 1 }), new WorkerDevices(), TimeProvider.System, NullLogger<ServeSupervisor>.Instance);
        client = new ServeClient(supervisor, root);
        await supervisor.StartAsync(Limit);
    }

    public async ValueTask DisposeAsync()
    {
        answer.Release(1000);
        events.Writer.TryComplete();
        // As a site that is killed: the worker here is this process.
        supervisor.Dispose();
        client.Dispose();
        await app.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_take_that_ends_while_the_queue_is_asked_for_is_over()
    {
        var take = await StartAsync();
        queue = [new GenerationStatus(take, TakeState.Running, 0, 5, 50, 0)];
        supervisor.Wake();
        Assert.True(await asked.WaitAsync(Patience, Limit));
        // The worker has put its answer together; before it arrives, the take ends.
        await events.Writer.WriteAsync("""{"type":"done"}""", Limit);
        await events.Writer.WriteAsync("", Limit);
        queue = [];
        await Until(() => client.Progress(take) is null);
        await Task.Delay(TimeSpan.FromMilliseconds(300), Limit);
        answer.Release(1000);
        await Task.Delay(TimeSpan.FromSeconds(1), Limit);
        Assert.Null(client.Progress(take));
    }

    [Fact]
    public async Task A_take_whose_line_broke_is_asked_for_until_it_is_over()
    {
        answer.Release(1000);
        var take = await StartAsync();
        queue = [new GenerationStatus(take, TakeState.Running, 0, 7, 50, 0)];
        // The line ends without a last word.
        await events.Writer.WriteAsync("", Limit);
        supervisor.Wake();
        await Until(() => client.Progress(take)?.ColumnsDone == 7);
        queue = [];
        await Until(() => client.Progress(take) is null);
    }

    private async Task<string> StartAsync()
    {
        var settings = new TakeSettings { ModelPath = Path.Combine(root.Path, "models", "small"), Seed = 1, Frames = 50 };
        var take = await client.StartTakeAsync(settings, Limit);
        await events.Writer.WriteAsync("""{"type":"columns","done":5,"total":50}""", Limit);
        await Until(() => client.Progress(take)?.ColumnsDone == 5);
        return take;
    }

    private static async Task Until(Func<bool> holds)
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < Patience, "It did not come to pass.");
            await Task.Delay(20, Limit);
        }
    }
}
