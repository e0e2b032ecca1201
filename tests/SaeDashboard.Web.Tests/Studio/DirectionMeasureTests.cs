using System.Security.Cryptography;
using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Runs.Planning;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>A difference of means that is measured from the Studio.</summary>
public sealed class DirectionMeasureTests : IAsyncDisposable
{
    private const string RunId = "run-20260101-000000-aaaa";

    private static readonly byte[] Values = [0, 0, 128, 63, 0, 0, 0, 64];

    private static readonly TakeDirection Organ = new(Convert.ToHexStringLower(SHA256.HashData(Values)), Convert.ToBase64String(Values), "layers.4.resid_post") { Positive = "captions with “organ”", Negative = "all others" };

    private static readonly CatalogSae Sae = new() { Id = "demo", Name = "demo", Path = "/saes/demo", State = CatalogState.Ready, Hook = "blocks.4.hook_resid_post", ModelId = "demo", DatasetId = "demo", Width = 256, Latents = 2048 };

    private readonly BunitContext page = new();
    private readonly TemporaryFolder folder = new();
    private readonly FakeRunRegistry runs = new();
    private readonly DataRoot root;
    private readonly List<TakeDirection?> chosen = [];

    public DirectionMeasureTests()
    {
        root = DataRoot.Open(folder["data"], folder["demo"]);
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        page.Services.AddLogging().AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false).AddSingleton(root).AddSingleton(TimeProvider.System).AddSingleton(Database.Open(root.Path));
        page.Services.AddSingleton<UserRepository>().AddSingleton<IRunRegistry>(runs).AddSingleton<SaeRuns>().AddSingleton<IPeopleNow, PeopleHere>().AddScoped<ActorAccessor>().AddScoped<PageWrites>().AddScoped<RunActions>();
        page.Services.AddSingleton<AuthenticationStateProvider, Door>().AddSingleton<ActivationLibrary>().AddSingleton<WorkerDevices>().AddSingleton<RunPlanner>().AddSingleton<MeasuredDirections>();
        page.Services.AddSingleton<ICatalog>(new FakeCatalog
        {
            Models = [new CatalogModel { Id = "demo", Name = "demo", Path = "/models/demo", State = CatalogState.Ready, Width = 256, Layers = 8 }],
            Datasets = [new CatalogDataset { Id = "demo", Name = "demo", Path = "/datasets/demo", State = CatalogState.Ready, Clips = 2000, Frames = 512 }],
            Saes = [Sae],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Two_sets_start_a_run_and_what_it_measured_becomes_the_control()
    {
        var panel = Show();
        Assert.Equal("empty", State(panel));
        Assert.Matches("about .*(min|s)", panel.Find(".muted").TextContent);
        await panel.Find("button").ClickAsync(new());
        Assert.Contains("positive set’s text is empty", panel.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Empty(runs.Started);
        await panel.Find("input[aria-label='Positive set']").InputAsync(new() { Value = " organ " });
        await panel.Find("select[aria-label='How the negative set is chosen']").ChangeAsync(new() { Value = "Ids" });
        await panel.Find("input[aria-label='Negative set']").InputAsync(new() { Value = "clip-1, clip-2 clip-3" });
        await panel.Find("input[type=checkbox]").ChangeAsync(new() { Value = true });
        await panel.Find("button").ClickAsync(new());

        var plan = Assert.Single(runs.Started);
        Assert.Equal((RunKind.Direction, "layers.4.resid_post", TextConditions.Caption, "/models/demo", "/datasets/demo", "/saes/demo"), (plan.Kind, plan.Hook.ToString(), plan.Condition, plan.ModelPath, plan.DatasetPath, plan.SaePath));
        Assert.Equal(("organ", null, RunDirection.DefaultClips), (plan.Direction!.Positive.Caption, plan.Direction.Positive.Ids, plan.Direction.Clips));
        Assert.Equal(["clip-1", "clip-2", "clip-3"], plan.Direction.Negative!.Ids!);
        Assert.Equal("difference of means at layer 4: “organ” − 3 chosen clips, from demo", RunFormatting.Settings(plan));

        runs.Runs = [View(plan, RunState.Running)];
        runs.Announce(RunId);
        await panel.WaitForAssertionAsync(() => Assert.Contains("It is being measured, 50 %", panel.Find("[data-measuring]").TextContent, StringComparison.Ordinal));
        Assert.True(panel.Find("button").HasAttribute("disabled"));
        Write(Organ);
        runs.Runs = [View(plan, RunState.Done)];
        runs.Announce(RunId);
        await panel.WaitForAssertionAsync(() => Assert.Equal([Organ], chosen));
        Assert.Equal("measured", State(panel));
        // It can be chosen again later.
        await panel.Find("select[aria-label='A direction that was measured before']").ChangeAsync(new() { Value = RunId });
        await panel.WaitForAssertionAsync(() => Assert.Equal([Organ, Organ], chosen));
    }

    [Fact]
    public async Task A_run_that_fails_says_why_and_a_direction_that_is_damaged_or_gone_is_refused()
    {
        var plan = new RunPlan { Kind = RunKind.Direction, ModelPath = "/models/demo", DatasetPath = "/datasets/demo", Layer = 4, ActivationsPath = "", SaePath = "/saes/demo", Direction = new RunDirection(new ClipSet("zzz")) };
        var panel = Show();
        await panel.Find("input[aria-label='Positive set']").InputAsync(new() { Value = "zzz" });
        await panel.Find("button").ClickAsync(new());
        var failed = View(plan, RunState.Failed);
        runs.Runs = [failed with { Status = failed.Status with { Error = "No clip has a caption with “zzz”." } }];
        runs.Announce(RunId);
        await panel.WaitForAssertionAsync(() => Assert.Equal("No clip has a caption with “zzz”.", panel.Find("[role=alert]").TextContent));

        runs.Runs = [View(plan, RunState.Done)];
        panel = Show();
        await Choose("is not there any more");
        Write(Organ with { Values = Convert.ToBase64String([.. Values, 0, 0, 0, 0]) });
        await Choose("other values than its hash says");
        Write(Organ with { Hook = "layers.5.resid_post" });
        await Choose("was measured at layers.5.resid_post");
        Assert.Empty(chosen);
        // One of another layer or another model is not offered.
        runs.Runs = [View(plan with { Layer = 5 }, RunState.Done), View(plan with { ModelPath = "/models/other" }, RunState.Done), View(plan, RunState.Cancelled)];
        Assert.Equal("empty", State(Show()));

        async Task Choose(string expected)
        {
            await panel.Find("select[aria-label='A direction that was measured before']").ChangeAsync(new() { Value = RunId });
            await panel.WaitForAssertionAsync(() => Assert.Contains(expected, panel.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Without_the_dataset_it_says_what_is_needed() => Assert.Contains("The Data page says", Show(Sae with { DatasetId = null }).Find(".notice").TextContent, StringComparison.Ordinal);

    private static string? State(IRenderedComponent<DirectionMeasure> panel) => panel.Find("section").GetAttribute("data-direction");

    private void Write(TakeDirection direction)
    {
        Directory.CreateDirectory(Path.Combine(root.Runs, RunId));
        AtomicFile.WriteJson(Path.Combine(root.Runs, RunId, RunDirection.FileName), direction);
    }

    private static RunView View(RunPlan plan, RunState state) =>
        new(RunId, "Difference of means", plan, new RunStatus(StageName.Index, state, 100, 200, 1, 90, DateTimeOffset.UnixEpoch), null, "Ada", DateTimeOffset.UnixEpoch, new Dictionary<string, double?>(), true);

    private IRenderedComponent<DirectionMeasure> Show(CatalogSae? sae = null) => page.Render<DirectionMeasure>(with => with.Add(each => each.Sae, sae ?? Sae).Add(each => each.Chosen, chosen.Add));

    private sealed class Door : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(new Actor("local", "Ada"))));
    }
}
