using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Labels over HTTP, as the browser's fields send them, by the person that the header "as" names.</summary>
public sealed class LabelHttpTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly CountingStore store = new();
    private readonly HttpClient http = new();
    private Database database = null!;
    private WebApplication app = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = Database.Open(folder.Path);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var catalog = new FakeCatalog();
        var labels = new FeatureLabels(new LabelRepository(database), new RatingRepository(database), store);
        builder.Services.AddSingleton(labels);
        builder.Services.AddSingleton(new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)), labels));
        app = builder.Build();
        app.Use((context, next) =>
        {
            context.User = LocalPerson.Principal(new Actor(context.Request.Headers["as"].ToString(), context.Request.Headers["as"].ToString()));
            return next(context);
        });
        app.MapLabels();
        await app.StartAsync(Stop);
        http.BaseAddress = new Uri(app.Urls.First() + "/api/v1/saes/demo/features/");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_label_is_saved_and_read_back_with_its_revision()
    {
        Assert.Equal(("", 0), await ReadAsync());
        var (status, saved) = await SaveAsync("Ann", """{"text": " solo jazz ", "basedOn": 0}""");
        Assert.Equal((HttpStatusCode.OK, "solo jazz"), (status, saved.GetProperty("text").GetString()));
        Assert.Equal(("solo jazz", saved.GetProperty("revision").GetInt64()), await ReadAsync());
    }

    [Fact]
    public async Task A_second_person_is_shown_the_first_ones_label_and_decides()
    {
        await SaveAsync("Ann", """{"text": "harp", "note": "one string", "basedOn": 0}""");
        var (status, problem) = await SaveAsync("Bob", """{"text": "lyre", "basedOn": 0}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("Ann changed this label to “harp” while you were typing.", problem.GetProperty("detail").GetString());
        var current = problem.GetProperty("current").GetProperty("revision").GetInt64();
        Assert.Equal("harp", (await ReadAsync()).Text);
        var (again, saved) = await SaveAsync("Bob", $$"""{"text": "lyre", "basedOn": {{current}}}""");
        Assert.Equal(HttpStatusCode.OK, again);
        // The note that Bob's page had not read is still there.
        Assert.Equal("one string", saved.GetProperty("note").GetString());
    }

    [Theory]
    [InlineData("{", "The label is not valid JSON")]
    [InlineData("""{"note": "x"}""", "The field \"text\" is missing")]
    [InlineData("null", "The field \"text\" is missing")]
    public async Task What_is_not_a_label_is_refused_by_name(string body, string message)
    {
        var (status, problem) = await SaveAsync("Ann", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(message, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_long_a_label_and_a_feature_that_is_not_there_are_refused()
    {
        var (status, problem) = await SaveAsync("Ann", JsonSerializer.Serialize(new { text = new string('x', 201) }));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("200", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await SaveAsync("Ann", JsonSerializer.Serialize(new { text = new string('x', 200_000) }))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SaveAsync("Ann", """{"text": "x"}""", 4_000_000)).Status);
    }

    [Fact]
    public async Task A_full_disk_is_said_and_nothing_is_changed()
    {
        store.IsFull = true;
        var (status, problem) = await SaveAsync("Ann", """{"text": "harp"}""");
        Assert.Equal((HttpStatusCode.BadRequest, CountingStore.Full), (status, problem.GetProperty("detail").GetString()));
        store.IsFull = false;
        Assert.Equal("", (await ReadAsync()).Text);
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SaveAsync(string person, string json, int feature = 42)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{feature}/label") { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Add("as", person);
        using var answer = await http.SendAsync(request, Stop);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Stop));
    }

    private async Task<(string? Text, long Revision)> ReadAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "42/label");
        request.Headers.Add("as", "Ann");
        using var answer = await http.SendAsync(request, Stop);
        var label = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        return (label.GetProperty("text").GetString(), label.GetProperty("revision").GetInt64());
    }
}
