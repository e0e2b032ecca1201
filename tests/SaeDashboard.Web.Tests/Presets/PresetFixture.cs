using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Presets;

/// <summary>The presets' endpoints on a free port, with a real database and a worker that answers at once.</summary>
internal sealed class PresetFixture : IAsyncDisposable
{
    public static readonly string ModelHash = new('a', 64);
    public static readonly string CodecHash = new('c', 64);
    public static readonly string SaeHash = new('e', 64);

    private readonly TemporaryFolder folder = new();
    private readonly WebApplication app;

    private PresetFixture(ICatalog catalog)
    {
        Root = DataRoot.Open(folder["data"], folder["demo"]);
        Worker = new FakeWorker(folder.Path, Root.Takes);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(Root);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(Database.Open(Root.Path));
        builder.Services.AddSingleton<PresetRepository>();
        builder.Services.AddSingleton<TakeRepository>();
        builder.Services.AddSingleton<LabelRepository>().AddSingleton<RatingRepository>();
        builder.Services.AddSingleton<FeatureLabels>();
        builder.Services.AddSingleton(provider => new WavCache(folder["clips"], 1 << 20));
        builder.Services.AddSingleton(new SuggestionFolders(folder["suggestions"]));
        builder.Services.AddSingleton<ClipLibrary>().AddSingleton<FeatureCatalog>();
        builder.Services.AddSingleton<SetUpInbox>();
        builder.Services.AddSingleton(catalog);
        builder.Services.AddSingleton<IServeClient>(Worker);
        builder.Services.AddSingleton<IStoreAccess>(Store);
        builder.Services.AddSingleton<TakeFolders>();
        builder.Services.AddSingleton<TakeService>();
        builder.Services.AddPresets();
        app = builder.Build();
        app.Use((context, next) =>
        {
            context.User = LocalPerson.Principal(new Actor("local", "Ada"));
            return next(context);
        });
        app.MapPresets();
        app.MapSetUps();
    }

    public CountingStore Store { get; } = new();

    public DataRoot Root { get; }

    public FakeWorker Worker { get; }

    public HttpClient Http { get; } = new();

    public PresetRepository Presets => app.Services.GetRequiredService<PresetRepository>();

    public TakeRepository Takes => app.Services.GetRequiredService<TakeRepository>();

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>A running house whose catalog holds what the demo presets name, or less.</summary>
    public static async Task<PresetFixture> OpenAsync(bool model = true, bool codec = true, bool sae = true)
    {
        var preset = Demo();
        var house = new PresetFixture(new FakeCatalog
        {
            Models = [new CatalogModel { Id = "demo", Name = "Demo", Path = "/models/demo", State = CatalogState.Ready, Hash = model ? preset.Model.WeightsHash : ModelHash, CodecHash = codec ? preset.Model.CodecHash : CodecHash }],
            Saes = [new CatalogSae { Id = "demo", Name = "Demo SAE", Path = "/saes/demo", State = CatalogState.Ready, Hash = sae ? preset.Sae.WeightsHash : SaeHash }],
        });
        await house.app.StartAsync(TestContext.Current.CancellationToken);
        house.Http.BaseAddress = new Uri(house.app.Urls.First() + "/api/v1/presets/");
        return house;
    }

    /// <summary>The shipped preset “Taiko”.</summary>
    public static SteeringPreset Demo() => PresetFile.Read(Path.Combine(Repository.Root, "demo", "presets", "taiko.json"));

    /// <summary>Keeps the shipped preset.</summary>
    public string Add() => Presets.Add(Demo(), new Actor("local", "Ada"));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        folder.Dispose();
    }
}
