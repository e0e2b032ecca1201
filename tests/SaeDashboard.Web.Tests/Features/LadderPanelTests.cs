using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Steering;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Runs.Planning;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>What the page of a feature and its fader say of its strength ladder, and how one is measured.</summary>
public sealed class LadderPanelTests : IAsyncLifetime
{
    private const int Feature = 1337;

    private readonly BunitContext page = new();
    private readonly TemporaryFolder folder = new();
    private readonly FakeRunRegistry runs = new();
    private FeatureIndex index = null!;
    private LadderFolders folders = null!;

    public ValueTask InitializeAsync()
    {
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        page.Services.AddLogging().AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false).AddSingleton(root).AddSingleton(TimeProvider.System).AddSingleton(Database.Open(root.Path));
        page.Services.AddSingleton<UserRepository>().AddSingleton<IRunRegistry>(runs).AddSingleton<SaeRuns>().AddSingleton<IPeopleNow, PeopleHere>().AddScoped<ActorAccessor>().AddScoped<PageWrites>().AddScoped<RunActions>();
        page.Services.AddSingleton<AuthenticationStateProvider, Door>().AddSingleton<ActivationLibrary>().AddSingleton<WorkerDevices>().AddSingleton<RunPlanner>();
        Directory.CreateDirectory(folder["sae/index"]);
        foreach (var file in Directory.GetFiles(Path.Combine(DemoFeatures.Sae, "index")).Where(file => !file.EndsWith(StrengthLadders.FileName, StringComparison.Ordinal))) File.Copy(file, Path.Combine(folder["sae/index"], Path.GetFileName(file)));
        page.Services.AddSingleton<ICatalog>(new FakeCatalog
        {
            Models = [new CatalogModel { Id = "demo", Name = "demo", Path = "/models/demo", State = CatalogState.Ready, Width = 256, Layers = 8 }],
            Saes = [new CatalogSae { Id = "demo", Name = "demo", Path = folder["sae"], State = CatalogState.Ready, HasIndex = true, DatasetId = "demo", ModelId = "demo", Width = 256, Hash = DemoFeatures.Set.SaeHash, Shipped = true }],
        });
        folders = new LadderFolders(root.Ladders);
        page.Services.AddSingleton(folders);
        index = FeatureIndex.Open(folder["sae/index"]);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        index.Dispose();
        await page.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_feature_without_a_ladder_says_so_and_one_press_starts_a_run_that_writes_where_the_site_may()
    {
        var shown = Panel(Open());
        Assert.Equal("empty", shown.Find("section").GetAttribute("data-ladder"));
        Assert.Matches("about .*(min|s)", shown.Find(".choosing").TextContent);
        await shown.Find(".choosing button").ClickAsync(new());
        Assert.Empty(page.Services.GetRequiredService<MudBlazor.ISnackbar>().ShownSnackbars.Select(notice => notice.Message));
        var plan = Assert.Single(runs.Started);
        Assert.Equal((RunKind.Ladder, folder["sae"], Path.Combine(folder["data/ladders"], DemoFeatures.Set.SaeHash)), (plan.Kind, plan.SaePath, plan.Ladder!.Into));
        Assert.Equal([Feature], plan.Ladder.Features);
        // An SAE of one's own keeps them in its index.
        Assert.Equal(folder["sae/index"], folders.Of(page.Services.GetRequiredService<ICatalog>().Sae("demo")! with { Shipped = false }));

        // While it runs, the page says how far it is; a second run on the SAE waits.
        var view = new RunView("run-20260101-000000-aaaa", "Ladder of feature 1337", plan, new RunStatus(StageName.Index, RunState.Running, 60, 120, 1, 90, DateTimeOffset.UnixEpoch), null, "Ann", DateTimeOffset.UnixEpoch, new Dictionary<string, double?>(), false);
        runs.Runs = [view];
        shown = Panel(Open());
        Assert.Equal("running", shown.Find("section").GetAttribute("data-ladder"));
        Assert.Contains("being measured, 50 %, about 1 min 30 s left", shown.Find("[data-measuring]").TextContent, StringComparison.Ordinal);
        Assert.Empty(shown.FindAll(".choosing"));
        Assert.Equal("strength ladder of 1337 in sae", RunFormatting.Settings(plan));
        runs.Runs = [view with { Plan = plan with { Ladder = plan.Ladder with { Features = [7] } } }];
        shown = Panel(Open());
        Assert.Equal("empty", shown.Find("section").GetAttribute("data-ladder"));
        Assert.Contains("measuring strength ladders of demo", shown.Find("[data-measuring]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_measured_ladder_has_its_band_charts_figures_and_side_effects()
    {
        Write(folder["sae/index"], Ladder());
        var shown = Panel(Open());
        Assert.Equal("measured", shown.Find("section").GetAttribute("data-ladder"));
        var band = shown.Find(".band").TextContent;
        Assert.Contains("Turned up: audible from +2, strong from +4, breaks at +8 (silent, or nearly: quieter than 95 % of the dataset’s clips)", band, StringComparison.Ordinal);
        Assert.Contains("Turned down: not surely heard up to −2", band, StringComparison.Ordinal);
        Assert.Equal(6, shown.FindAll("figure svg[role=img]").Count);
        Assert.StartsWith("level, dB: −2 ", shown.Find("figure svg").GetAttribute("aria-label"), StringComparison.Ordinal);
        var rows = shown.FindAll("tbody tr").Select(row => row.TextContent).ToArray();
        Assert.Equal(4, rows.Length);
        Assert.Contains("+3.50 (2.50 to 4.50)", rows[2], StringComparison.Ordinal);
        Assert.Contains("3 of 8: silent", rows[3], StringComparison.Ordinal);
        var side = shown.Find(".together li");
        Assert.Equal("features/demo/12", side.QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("−0.20 × p99 (−0.30 to −0.10)", side.TextContent, StringComparison.Ordinal);
        Assert.Contains("Measure it again", shown.Find(".choosing").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fader_marks_the_band_in_the_mode_that_was_measured()
    {
        Write(folder["sae/index"], Ladder());
        var row = Open().Row(Feature, null);
        IRenderedComponent<StripRow> Strip(string mode) => page.Render<StripRow>(with => with.Add(strip => strip.Strip, new RackStrip(Feature, 1) { Mode = mode }).Add(strip => strip.Row, row).Add(strip => strip.SaeId, "demo"));
        var fader = Strip(RackModes.Add).Find("strength-fader");
        Assert.Equal(("-2,4", "audible:2 strong:4 breaks:8"), (fader.GetAttribute("band"), fader.GetAttribute("marks")));
        Assert.Contains("up audible from +2, strong from +4, breaks at +8; down not surely heard up to −2", Strip(RackModes.Add).Find("[data-band]").TextContent, StringComparison.Ordinal);
        Assert.Null(Strip(RackModes.Clamp).Find("strength-fader").GetAttribute("band"));
        Write(folder["sae/index"], Ladder() with { P99 = 9 });
        row = Open().Row(Feature, null);
        Assert.Null(Strip(RackModes.Add).Find("strength-fader").GetAttribute("band"));
    }

    [Fact]
    public void A_ladder_of_another_p99_is_stale_and_one_that_was_measured_here_comes_before_the_shipped_one()
    {
        Write(folder["sae/index"], Ladder() with { P99 = 9 });
        var shown = Panel(Open());
        Assert.Equal("stale", shown.Find("section").GetAttribute("data-ladder"));
        Assert.Contains("p99 of 9", shown.Find(".notice").TextContent, StringComparison.Ordinal);
        Write(Path.Combine(folder["data/ladders"], index.Info.SaeHash), Ladder());
        Assert.Equal("measured", Panel(Open()).Find("section").GetAttribute("data-ladder"));
        // One that is stale itself takes no place.
        Write(folder["sae/index"], Ladder());
        Write(Path.Combine(folder["data/ladders"], index.Info.SaeHash), Ladder() with { P99 = 9 });
        Assert.Equal("measured", Panel(Open()).Find("section").GetAttribute("data-ladder"));
    }

    [Fact]
    public void A_tampered_file_is_said_and_the_page_lives()
    {
        Write(folder["sae/index"], Ladder());
        var path = folder[$"sae/index/{StrengthLadders.FileName}"];
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"broken\":3", "\"broken\":300", StringComparison.Ordinal));
        var set = Open();
        Assert.Null(set.Ladder(Feature));
        var shown = Panel(set);
        Assert.Equal("problem", shown.Find("section").GetAttribute("data-ladder"));
        Assert.Contains("ladders.jsonl line 2: a rung whose counts", shown.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Measure its ladder", shown.Find(".choosing").TextContent, StringComparison.Ordinal);
        Assert.Contains(set.FileProblems, problem => problem.Contains(StrengthLadders.FileName, StringComparison.Ordinal));
        Assert.NotNull(set.Suggestion(Feature));
    }

    private FeatureSet Open() => new FeatureSet(index, null, null).With(null, folders.Read(index));

    private IRenderedComponent<LadderPanel> Panel(FeatureSet set) => page.Render<LadderPanel>(with => with
        .Add(panel => panel.SaeId, "demo").Add(panel => panel.Set, set).Add(panel => panel.Index, Feature).Add(panel => panel.Labels, new Dictionary<int, CurrentLabel>()));

    private FeatureLadder Ladder() => SampleLadder.Of(index, Feature);

    private void Write(string into, FeatureLadder ladder) => SampleLadder.Write(into, index, ladder);

    private sealed class Door : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(new Actor("local", "Ada"))));
    }
}
