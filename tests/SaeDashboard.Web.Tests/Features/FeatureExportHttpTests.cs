using System.Net;
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

/// <summary>The list of features over HTTP, by the query of its page, for the person that the header "as" names.</summary>
public sealed class FeatureExportHttpTests : IAsyncLifetime
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
        builder.Services.AddSingleton(new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)), labels));
        builder.Services.AddSingleton(new CommentService(new CommentRepository(database), store));
        builder.Services.AddSingleton(new FeatureLists(new FeatureListRepository(database), new SavedViewRepository(database), store));
        app = builder.Build();
        app.Use((context, next) =>
        {
            var name = context.Request.Headers["as"].ToString() is { Length: > 0 } given ? given : "Ann";
            context.User = LocalPerson.Principal(new Actor(name, name));
            return next(context);
        });
        app.MapFeatureExport();
        await app.StartAsync(Stop);
        http.BaseAddress = new Uri(app.Urls.First() + "/api/v1/saes/demo/");
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
        database.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("?q=harpsicord&sort=density")]
    [InlineData("?label=suggested&all=1&least=0.3&page=3")]
    public async Task A_file_holds_what_the_page_lists_on_all_its_pages_in_its_order(string query)
    {
        var expected = FeatureFilter.Apply(DemoFeatures.Set, new Dictionary<int, CurrentLabel>(), FeatureQuery.OfText(query));
        Assert.NotEmpty(expected);
        using var csv = await http.GetAsync(new Uri($"features.csv{query}", UriKind.Relative), Stop);
        Assert.Equal(("text/csv", "features-demo.csv"), (csv.Content.Headers.ContentType!.MediaType, csv.Content.Headers.ContentDisposition!.FileName));
        Assert.Equal(expected, (await csv.Content.ReadAsStringAsync(Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => int.Parse(line.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture)));
        var lines = (await http.GetStringAsync(new Uri($"features.jsonl{query}", UriKind.Relative), Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("feature").GetInt32()));
    }

    [Fact]
    public async Task Selected_features_are_exported_alone_and_a_private_list_to_its_owner_only()
    {
        Assert.Equal(["5", "9", "10", "11"], await FeaturesAsync("features.csv?q=taiko&select=9-11,5", "Ann"));
        var list = new FeatureListRepository(database).Add("Mine", DemoFeatures.Set.SaeHash, [4, 2], false, new Actor("Ann", "Ann"));
        Assert.Equal(["2", "4"], await FeaturesAsync($"features.csv?all=1&sort=index&list={list}", "Ann"));
        Assert.Empty(await FeaturesAsync($"features.csv?all=1&sort=index&list={list}", "Bob"));
    }

    [Fact]
    public async Task Features_with_comments_are_exported_alone()
    {
        var comments = new CommentRepository(database);
        comments.Add(new FeatureKey(DemoFeatures.Set.SaeHash, 12), "the room, not the drum", null, new Actor("Bob", "Bob"));
        comments.Delete(comments.Add(new FeatureKey(DemoFeatures.Set.SaeHash, 13), "no", null, new Actor("Bob", "Bob")).Id, new Actor("Bob", "Bob"));
        Assert.Equal(["12"], await FeaturesAsync("features.csv?all=1&commented=1", "Ann"));
    }

    [Fact]
    public async Task An_SAE_that_is_not_here_is_404() =>
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri("../none/features.csv", UriKind.Relative), Stop)).StatusCode);

    private async Task<string[]> FeaturesAsync(string address, string person)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, UriKind.Relative));
        request.Headers.Add("as", person);
        using var answer = await http.SendAsync(request, Stop);
        return [.. (await answer.Content.ReadAsStringAsync(Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')[0])];
    }
}
