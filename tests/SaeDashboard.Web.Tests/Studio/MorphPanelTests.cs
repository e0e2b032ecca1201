using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;
using SaeDashboard.Web.Tests.Presets;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>Morph between two presets, as a person does it.</summary>
public sealed class MorphPanelTests : IAsyncDisposable
{
    private static readonly Actor Ada = new("local", "Ada"), Bob = new("bob", "Bob");

    private readonly BunitContext page = new();
    private readonly TemporaryFolder folder = new();
    private readonly CountingStore store = new();
    private readonly PresetRepository presets;
    private IReadOnlyList<RackStrip> rack = [];

    public MorphPanelTests()
    {
        var demo = PresetFixture.Demo();
        var data = DataRoot.Open(folder["data"], folder["demo"]);
        page.Services.AddSingleton(TimeProvider.System).AddSingleton(Database.Open(data.Path)).AddSingleton<PresetRepository>().AddSingleton<IStoreAccess>(store).AddSingleton<PresetService>();
        page.Services.AddSingleton<UserRepository>().AddSingleton<IPeopleNow, PeopleHere>().AddScoped<ActorAccessor>().AddSingleton<AuthenticationStateProvider, Door>();
        page.Services.AddSingleton<ICatalog>(new FakeCatalog { Saes = [new CatalogSae { Id = "demo", Name = "demo", Path = "/saes/demo", State = CatalogState.Ready, Hash = demo.Sae.WeightsHash }] });
        presets = page.Services.GetRequiredService<PresetRepository>();
    }

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Conditions_and_moves_are_kept_and_whose_they_are_is_said()
    {
        Add("Still", Ada, steer => steer with { Condition = new SteerCondition(9, 1, .5) });
        Add("Moved", Ada, steer => steer with { Strength = 5, Condition = new SteerCondition(9, 3, .5) }, new KnobMove(100, 0, 4));
        Add("Hidden", Bob, steer => steer, visibility: PresetVisibility.Private);
        var panel = page.Render<MorphPanel>(with => with.Add(each => each.P99, (_, _) => PresetFixture.Demo().Steers[0].P99).Add(each => each.Morphed, strips => rack = strips));
        await panel.Find("button").ClickAsync(new());
        // What only Bob sees is not offered to Ada.
        Assert.Equal(["Moved", "Still"], panel.FindAll("select")[0].QuerySelectorAll("option").Select(option => option.TextContent).Order());
        await Choose(panel, 0, "Still");
        await Choose(panel, 1, "Moved");
        var reads = store.Reads;
        await panel.Find("input[type=range]").InputAsync(new() { Value = "20" });
        Assert.Equal(new RackStrip(1337, 3.4) { Sae = "demo", Condition = new SteerCondition(9, 1.4, .5) }, Assert.Single(rack));
        Assert.Equal("Of “Still”, the nearer preset: recorded moves. Strengths and thresholds are in between.", panel.Find("[data-nearer]").TextContent);
        await panel.Find("input[type=range]").InputAsync(new() { Value = "60" });
        Assert.Equal(new RackStrip(1337, 4.2) { Sae = "demo", Condition = new SteerCondition(9, 2.2, .5), Moves = [new StripMove(100, 4)] }, Assert.Single(rack));
        Assert.StartsWith("Of “Moved”, ", panel.Find("[data-nearer]").TextContent, StringComparison.Ordinal);
        // The slider reads no preset again.
        Assert.Equal(reads, store.Reads);
    }

    [Fact]
    public async Task A_preset_that_needs_an_SAE_which_is_not_here_is_named()
    {
        Add("One", Ada, steer => steer);
        Add("Two", Ada, steer => steer with { Sae = PresetFixture.SaeHash });
        var panel = page.Render<MorphPanel>(with => with.Add(each => each.Morphed, strips => rack = strips));
        await panel.Find("button").ClickAsync(new());
        await Choose(panel, 0, "One");
        await Choose(panel, 1, "Two");
        Assert.Contains("“Two” steers features of several SAEs, and not all of them are here.", panel.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Empty(panel.FindAll("[data-nearer]"));
    }

    private static Task Choose(IRenderedComponent<MorphPanel> panel, int end, string name)
    {
        var select = panel.FindAll("select")[end];
        return select.ChangeAsync(new() { Value = select.QuerySelectorAll("option").Single(option => option.TextContent == name).GetAttribute("value") });
    }

    private void Add(string name, Actor by, Func<PresetSteer, PresetSteer> steer, KnobMove? move = null, PresetVisibility visibility = PresetVisibility.Public)
    {
        var demo = PresetFixture.Demo();
        var turned = steer(demo.Steers[0]);
        presets.Add(demo with { SchemaVersion = 3, Name = name, Steers = [turned], Saes = turned.Sae is { } hash ? [new PresetSae("other", hash, demo.Sae.Hook)] : null, Moves = move is null ? null : [move] }, by, visibility);
    }

    private sealed class Door : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(Ada)));
    }
}
