using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using MudBlazor.Services;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Runs.Planning;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;
using SaeDashboard.Web.Tests.Sounds;
using SaeDashboard.Web.Tests.Studio;

namespace SaeDashboard.Web.Tests;

/// <summary>No render of a page asks storage or lists a folder: every component of it is drawn again ten times, and the counts stay as they were.</summary>
public sealed class RenderCountTests : IAsyncLifetime
{
    private const string RunId = "run-20260101-000000-aaaa";
    private static readonly Actor Ann = new("local", "Ann");

    private readonly TemporaryFolder folder = new();
    private readonly CountingStore store = new();
    private readonly Components components = new();
    private readonly FakeRunRegistry runs = new()
    {
        Runs = [new RunView(RunId, "A run", new RunPlan { ModelPath = "/m", DatasetPath = "/d", Layer = 4, ActivationsPath = "/a", SaePath = "/s" },
            new RunStatus(StageName.Train, RunState.Running, 1, 10, 0, null, DateTimeOffset.UnixEpoch), null, "Ann", DateTimeOffset.UnixEpoch, new Dictionary<string, double?>(), false)],
    };

    private ServiceProvider services = null!;

    public ValueTask InitializeAsync()
    {
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        var database = Database.Open(root.Path);
        var collection = new ServiceCollection();
        collection.AddLogging().AddMudServices().AddAuthorizationCore().AddCascadingAuthenticationState();
        collection.AddSingleton(root).AddSingleton(database).AddSingleton(TimeProvider.System).AddSingleton<IStoreAccess>(store).AddSingleton<IComponentActivator>(components);
        collection.AddSingleton<UserRepository>().AddSingleton<LabelRepository>().AddSingleton<RatingRepository>().AddSingleton<CommentRepository>().AddSingleton<CommentService>().AddSingleton<PresetRepository>().AddSingleton<TakeRepository>().AddSingleton<DraftRepository>();
        collection.AddSingleton<FeatureListRepository>().AddSingleton<SavedViewRepository>().AddSingleton<FeatureLists>().AddSingleton<LastSae>().AddScoped<FeatureListActions>();
        collection.AddSingleton<QueueRepository>().AddSingleton<AnnotationRepository>();
        collection.AddAnnotation();
        collection.AddScores();
        collection.AddSingleton<ICatalog>(new FakeCatalog()).AddSingleton<IServeClient>(new FakeWorker()).AddSingleton<IRunRegistry>(runs);
        collection.AddSingleton(new WavCache(folder["clips"], 1 << 20)).AddSingleton<ClipLibrary>().AddSingleton(new SuggestionFolders(folder["suggestions"])).AddSingleton(new LadderFolders(folder["ladders"])).AddSingleton<FeatureCatalog>().AddSingleton<FeatureLabels>();
        collection.AddSingleton<SetUpInbox>().AddSingleton<TakeComparison>();
        collection.AddSingleton<TakeFolders>().AddSingleton<TakeService>().AddSingleton<TakeSoundSources>().AddSingleton<Drafts>().AddSingleton<PresetService>().AddSingleton<SteerViews>();
        collection.AddSingleton<ISoundReader, FakeReader>().AddSingleton<TemporarySounds>().AddSingleton<PreviewTakes>().AddSingleton<SoundReadings>().AddOptions<ListeningOptions>();
        collection.AddScoped<StudioState>().AddSingleton<IPeopleNow, PeopleHere>().AddScoped<ActorAccessor>().AddScoped<PageWrites>().AddSingleton<SaeRuns>().AddScoped<RunActions>().AddSingleton<ActivationLibrary>().AddSingleton<WorkerDevices>().AddSingleton<RunPlanner>().AddSingleton<SuggestionWork>();
        collection.AddSingleton<AuthenticationStateProvider, Door>().AddSingleton<NavigationManager, Address>().AddSingleton<IJSRuntime, Nothing>();
        services = collection.BuildServiceProvider();

        var labels = services.GetRequiredService<FeatureLabels>();
        for (var feature = 0; feature < 40; feature++) labels.Name(new FeatureKey(DemoFeatures.Set.SaeHash, feature), $"label {feature}", null, Ann);
        for (var i = 0; i < 20; i++)
        {
            using var take = new TakeOnDisk(root.Takes, 16_000);
            take.End(TakeState.Done);
        }
        services.GetRequiredService<TakeFolders>().Refresh(scan: true);
        services.GetRequiredService<Drafts>().Set("studio", """{"sae":"demo","rack":[{"feature":1,"strength":1},{"feature":2,"strength":1},{"feature":3,"strength":1}]}""", Ann);
        // What is saved later would be counted with a render.
        Assert.True(services.GetRequiredService<Drafts>().SaveNow());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public Task The_studio_with_three_strips_and_twenty_takes() => CountAsync<StudioPage>([], "data-feature=\"3\"", "label 2", "unnamed take");

    [Fact]
    public Task A_list_of_features_with_one_open() => CountAsync<FeatureRoom>(new() { ["SaeId"] = "demo", ["Feature"] = 1337 }, "Suggested labels", "permuted labels", "Similar features", "Top clips");

    [Fact]
    public Task A_list_of_features() => CountAsync<FeatureRoom>(new() { ["SaeId"] = "demo" }, "Unlabelled", "Select the features on this page");

    [Fact]
    public Task An_SAE() => CountAsync<SaePage>(new() { ["Id"] = "demo" }, "Model and dataset", "Open features");

    [Fact]
    public Task Search_by_sound() => CountAsync<ListenPage>(new() { ["SaeId"] = "demo" }, "Search by sound", "A clip of the dataset");

    [Fact]
    public Task The_features_page() => CountAsync<FeaturesPage>([], "demo");

    [Fact]
    public Task The_list_of_runs() => CountAsync<RunsPage>([], "A run");

    [Fact]
    public Task A_run() => CountAsync<RunPage>(new() { ["Id"] = RunId }, "Checkpoints");

    [Fact]
    public Task The_list_of_presets() => CountAsync<PresetsPage>([], "Presets");

    private async Task CountAsync<T>(Dictionary<string, object?> parameters, params string[] shown) where T : IComponent
    {
        await using var scope = services.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<Microsoft.Extensions.Logging.ILoggerFactory>());
        await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters));
            Assert.All(shown, text => Assert.Contains(text, page.ToHtmlString(), StringComparison.OrdinalIgnoreCase));
            var drawn = components.Made.Where(component => component is ComponentBase && component.GetType().Assembly == typeof(StudioPage).Assembly).Cast<ComponentBase>().ToArray();
            Assert.Contains(drawn, component => component is T);
            var (calls, looks) = (store.Calls, runs.FolderLooks);
            for (var i = 0; i < 10; i++) foreach (var component in drawn) Redraw.Invoke(component, null);
            Assert.All(shown, text => Assert.Contains(text, page.ToHtmlString(), StringComparison.OrdinalIgnoreCase));
            Assert.Equal((calls, looks), (store.Calls, runs.FolderLooks));
        });
    }

    private static readonly MethodInfo Redraw = typeof(ComponentBase).GetMethod("StateHasChanged", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private sealed class Components : IComponentActivator
    {
        public List<IComponent> Made { get; } = [];

        public IComponent CreateInstance(Type componentType)
        {
            var component = (IComponent)Activator.CreateInstance(componentType)!;
            Made.Add(component);
            return component;
        }
    }

    private sealed class Door : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(Ann)));
    }

    private sealed class Address : NavigationManager
    {
        public Address() => Initialize("http://localhost/", "http://localhost/");

        protected override void NavigateToCore(string uri, NavigationOptions options)
        {
        }
    }

    private sealed class Nothing : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => default;

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => default;
    }
}
