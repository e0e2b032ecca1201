using System.Security.Claims;
using System.Text.Json;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Runs.Planning;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The page of a new run, drawn without a browser.</summary>
public sealed class NewRunPageTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeRunRegistry registry = new();
    private readonly BunitContext site = new();
    private Database db = null!;

    public ValueTask InitializeAsync()
    {
        db = Database.Open(folder.Path);
        var (root, catalog, devices) = (DataRoot.Open(folder["data"], folder["demo"]), Catalog(), new WorkerDevices());
        site.JSInterop.Mode = JSRuntimeMode.Loose;
        site.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        site.Services.AddSingleton<IRunRegistry>(registry);
        site.Services.AddSingleton<ICatalog>(catalog);
        site.Services.AddSingleton(devices);
        site.Services.AddSingleton(new RunPlanner(catalog, registry, new ActivationLibrary(root), devices, root));
        site.Services.AddSingleton(new ActorAccessor(new SignedIn(), new PeopleHere(new UserRepository(db))));
        site.Services.AddSingleton(new Drafts(new DraftRepository(db), new CountingStore(), TimeProvider.System));
        site.SetRendererInfo(new RendererInfo("Server", true));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await site.DisposeAsync();
        db.Dispose();
        folder.Dispose();
    }

    /// <summary>One that is added to the contract is in the form without a line of the form's.</summary>
    [Theory]
    [InlineData("topK")]
    [InlineData("jumpRelu")]
    [InlineData("gated")]
    public async Task Every_setting_of_the_contract_that_the_architecture_has_is_in_the_form_exactly_once(string architecture)
    {
        var page = site.Render<NewRunPage>();
        await page.InvokeAsync(() => Editor(page).Set(nameof(RunForm.Architecture), architecture));
        foreach (var setting in TrainSetting.All)
        {
            var fields = page.FindAll($"#run-{JsonNamingPolicy.KebabCaseLower.ConvertName(setting.Property)}");
            Assert.True(fields.Count == (TrainRules.Belongs(setting, TrainArchitectures.Find(architecture)!) ? 1 : 0), $"{setting.Name}: {fields.Count} fields");
        }
    }

    [Fact]
    public void A_problem_is_named_at_its_field_alone_and_goes_when_it_is_mended()
    {
        var page = site.Render<NewRunPage>();
        page.Find("#run-k").Input("0");
        // While the page is drawn for another reason, what is typed waits its turn.
        page.WaitForAssertion(() => Assert.Equal(("true", "run-k-problem"), (page.Find("#run-k").GetAttribute("aria-invalid"), page.Find("#run-k").GetAttribute("aria-describedby"))));
        Assert.StartsWith("A whole number from 1", page.Find("#run-k-problem").TextContent.Trim(), StringComparison.Ordinal);
        Assert.Equal("false", page.Find("#run-latents").GetAttribute("aria-invalid"));
        Assert.Equal("run-latents-hint", page.Find("#run-latents").GetAttribute("aria-describedby"));
        page.Find("#run-k").Input("16");
        page.WaitForAssertion(() => Assert.Equal(("false", "run-k-hint"), (page.Find("#run-k").GetAttribute("aria-invalid"), page.Find("#run-k").GetAttribute("aria-describedby"))));
        Assert.NotEmpty(page.Find("#run-k-hint").TextContent.Trim());
        Assert.Equal("K", page.Find("label[for=run-k]").TextContent.Trim(), ignoreCase: true);
    }

    [Fact]
    public void An_advanced_setting_reaches_the_plan_and_what_is_wrong_with_it_opens_the_panel()
    {
        var page = site.Render<NewRunPage>();
        page.Find("#run-warm-up").Input("2");
        page.Find("form").Submit();
        Assert.Empty(registry.Started);
        Assert.Equal("true", page.Find("#run-warm-up").GetAttribute("aria-invalid"));
        Assert.True(page.FindComponent<MudExpansionPanel>().Instance.Expanded);
        page.Find("#run-warm-up").Input("0.1");
        page.Find("form").Submit();
        var train = Assert.Single(registry.Started).Train;
        Assert.Equal(0.1, train.Values.WarmUp);
        Assert.DoesNotContain(train.Named, setting => setting.Name == "decay");
    }

    [Fact]
    public async Task Two_presses_start_one_run()
    {
        var page = site.Render<NewRunPage>();
        var form = page.Find("form");
        await Task.WhenAll(form.SubmitAsync(), form.SubmitAsync());
        Assert.Single(registry.Started);
    }

    [Fact]
    public void What_was_typed_is_there_again_until_it_is_dropped()
    {
        var first = site.Render<NewRunPage>();
        first.Find("#run-latents").Input("777");
        first.Find("#run-dead-window").Input("x");
        first.Dispose();
        var again = site.Render<NewRunPage>();
        Assert.Equal(("777", "x"), (again.Find("#run-latents").GetAttribute("value"), again.Find("#run-dead-window").GetAttribute("value")));
        Assert.Equal("true", again.Find("#run-dead-window").GetAttribute("aria-invalid"));
        again.FindAll("button").Single(button => button.TextContent.Contains("Start over", StringComparison.Ordinal)).Click();
        again.WaitForAssertion(() => Assert.Equal(("2048", ""), (again.Find("#run-latents").GetAttribute("value"), again.Find("#run-dead-window").GetAttribute("value") ?? "")));
    }

    [Fact]
    public void A_run_is_evaluated_where_the_form_says_so()
    {
        var page = site.Render<NewRunPage>();
        page.Find("#run-evaluate").Change(true);
        page.Find("#run-evaluation-clips").Input("20");
        page.Find("form").Submit();
        Assert.Equal(new RunEvaluation("test", 20), Assert.Single(registry.Started).Evaluation);
    }

    private static RunFormEditor Editor(IRenderedComponent<NewRunPage> page) => page.FindComponent<RunAdvanced>().Instance.Editor;

    private static FakeCatalog Catalog() => new()
    {
        Models = [.. RunSamples.Choices.Models.Select(model => new CatalogModel { Id = model.Id, Name = model.Name, Path = model.Path, State = CatalogState.Ready, Hash = model.Hash, Layers = model.Layers, Width = model.Width })],
        Datasets = [.. RunSamples.Choices.Datasets.Select(data => new CatalogDataset { Id = data.Id, Name = data.Name, Path = data.Path, State = CatalogState.Ready, Hash = data.Hash, Frames = data.Frames, Splits = data.Splits })],
    };

    private sealed class SignedIn : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() =>
            Task.FromResult(new AuthenticationState(LocalPerson.Principal(new Actor("ann", "Ann"))));
    }
}
