using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests;

/// <summary>
/// The demo's features on a free port, with the endpoints that a test maps, for the person that the header "as" names (Ann where it is missing). The
/// store can be full (<see cref="Store"/>), the worker can be away (<see cref="Decoder"/>).
/// </summary>
internal sealed class FeatureSite : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly WebApplication app;

    private FeatureSite(Action<IEndpointRouteBuilder> map, Action<IServiceCollection>? add, string? data)
    {
        Root = DataRoot.Open(data ?? folder["data"], folder["demo"]);
        Database = Database.Open(Root.Path);
        Decoder = new FakeDecoder(folder.Path);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var services = builder.Services;
        services.AddSingleton(Root).AddSingleton(Database).AddSingleton(TimeProvider.System).AddSingleton<IStoreAccess>(Store);
        services.AddSingleton<LabelRepository>().AddSingleton<RatingRepository>().AddSingleton<FeatureListRepository>().AddSingleton<SavedViewRepository>().AddSingleton<CommentRepository>();
        services.AddSingleton<ICatalog, FakeCatalog>().AddSingleton<IServeClient>(Decoder);
        services.AddSingleton<QueueRepository>().AddSingleton<AnnotationRepository>().AddSingleton<DraftRepository>();
        services.AddFeatures();
        services.AddAnnotation();
        services.AddScores();
        services.AddAtlas();
        add?.Invoke(services);
        app = builder.Build();
        app.Use((context, next) =>
        {
            var name = context.Request.Headers["as"].ToString() is { Length: > 0 } given ? given : "Ann";
            context.User = LocalPerson.Principal(new Actor(name, name));
            return next(context);
        });
        map(app);
    }

    /// <summary>The data folder.</summary>
    public DataRoot Root { get; }

    public Database Database { get; }

    public CountingStore Store { get; } = new();

    public FakeDecoder Decoder { get; }

    /// <summary>Asks below "/api/v1/".</summary>
    public HttpClient Http { get; } = new();

    /// <summary>A path in a folder of the test's own.</summary>
    public string this[string name] => folder[name];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts it.</summary>
    /// <param name="map">Maps the endpoints.</param>
    /// <param name="add">Adds services; what is there already can be replaced.</param>
    /// <param name="data">The data folder; null: one of the test's own.</param>
    public static async Task<FeatureSite> StartAsync(Action<IEndpointRouteBuilder> map, Action<IServiceCollection>? add = null, string? data = null)
    {
        var site = new FeatureSite(map, add, data);
        await site.app.StartAsync(Stop);
        site.Http.BaseAddress = new Uri(site.app.Urls.First() + "/api/v1/");
        return site;
    }

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>The answer to a request of a person: its status, and its JSON where it has some.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpMethod method, string address, string? json = null, string person = "Ann")
    {
        using var request = new HttpRequestMessage(method, address) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Add("as", person);
        using var answer = await Http.SendAsync(request, Stop);
        return (answer.StatusCode, answer.StatusCode == HttpStatusCode.NoContent ? default : await answer.Content.ReadFromJsonAsync<JsonElement>(Stop));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        Database.Dispose();
        folder.Dispose();
    }
}
