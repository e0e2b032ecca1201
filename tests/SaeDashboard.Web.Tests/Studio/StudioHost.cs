using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The studio's endpoints and hub on a free port, with a worker that makes nothing.</summary>
internal sealed class StudioHost : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly WebApplication app;

    private StudioHost()
    {
        Root = DataRoot.Open(folder["data"], folder["demo"]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(Root);
        builder.Services.AddSingleton(Database.Open(Root.Path));
        builder.Services.AddSingleton<TakeRepository>();
        builder.Services.AddSingleton<LabelRepository>();
        builder.Services.AddSingleton<TakeSheets>();
        builder.Services.AddSingleton<RatingRepository>().AddSingleton<FeatureLabels>().AddSingleton<FeatureCatalog>().AddSingleton<ClipLibrary>();
        builder.Services.AddSingleton(new WavCache(folder["clips"], 1 << 20)).AddSingleton(new SuggestionFolders(folder["suggestions"])).AddSingleton<SteerViews>();
        builder.Services.AddSingleton<TakeComparison>();
        builder.Services.AddSingleton<SetUpInbox>();
        builder.Services.AddSingleton<ICatalog, FakeCatalog>();
        builder.Services.AddSingleton<IServeClient>(Worker);
        builder.Services.AddSingleton<ILiveWorker>(Worker);
        builder.Services.AddSingleton<LiveTraces>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<LiveTraces>());
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<TakeListener>();
        builder.Services.AddSingleton<LiveListeners>();
        builder.Services.AddSingleton<IStoreAccess, CountingStore>();
        builder.Services.AddSingleton<TakeFolders>();
        builder.Services.AddSingleton<TakeService>();
        builder.Services.AddSingleton<AbxSessions>();
        builder.Services.AddSignalR();
        builder.Services.AddAuthorizationBuilder().AddPolicy(Access.Generate, policy => policy.RequireAuthenticatedUser());
        app = builder.Build();
        // Who asks is named by a header: signing in is tested elsewhere.
        app.Use((context, next) =>
        {
            var name = context.Request.Headers["X-Person"].ToString() is { Length: > 0 } person ? person : "ada";
            context.User = LocalPerson.Principal(new Actor(name, name));
            return next(context);
        });
        app.MapHub<AudioHub>("/hubs/audio");
        app.MapTakes();
        app.MapTakeResource();
        app.MapSetUps();
        app.MapAbx();
    }

    public DataRoot Root { get; }

    public FakeWorker Worker { get; } = new();

    public Uri Address => new(app.Urls.First());

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static async Task<StudioHost> StartAsync(CancellationToken ct)
    {
        var host = new StudioHost();
        await host.app.StartAsync(ct);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
    }
}
