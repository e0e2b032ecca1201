using System.Net;
using System.Text.Json;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>The list of features over HTTP, by the query of its page, for the person that the header "as" names.</summary>
public sealed class FeatureExportHttpTests : IAsyncLifetime
{
    private FeatureSite site = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => site = await FeatureSite.StartAsync(app => app.MapFeatureExport());

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("?q=harpsicord&sort=density")]
    [InlineData("?label=suggested&all=1&least=0.3&page=3")]
    public async Task A_file_holds_what_the_page_lists_on_all_its_pages_in_its_order(string query)
    {
        var expected = FeatureFilter.Apply(DemoFeatures.Set, new Dictionary<int, CurrentLabel>(), FeatureQuery.OfText(query));
        Assert.NotEmpty(expected);
        using var csv = await site.Http.GetAsync(new Uri($"saes/demo/features.csv{query}", UriKind.Relative), Stop);
        Assert.Equal(("text/csv", "features-demo.csv"), (csv.Content.Headers.ContentType!.MediaType, csv.Content.Headers.ContentDisposition!.FileName));
        Assert.Equal(expected, (await csv.Content.ReadAsStringAsync(Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => int.Parse(line.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture)));
        var lines = (await site.Http.GetStringAsync(new Uri($"saes/demo/features.jsonl{query}", UriKind.Relative), Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("feature").GetInt32()));
    }

    [Fact]
    public async Task Selected_features_are_exported_alone_and_a_private_list_to_its_owner_only()
    {
        Assert.Equal(["5", "9", "10", "11"], await FeaturesAsync("features.csv?q=taiko&select=9-11,5", "Ann"));
        var list = site.Get<FeatureListRepository>().Add("Mine", DemoFeatures.Set.SaeHash, [4, 2], false, new Actor("Ann", "Ann"));
        Assert.Equal(["2", "4"], await FeaturesAsync($"features.csv?all=1&sort=index&list={list}", "Ann"));
        Assert.Empty(await FeaturesAsync($"features.csv?all=1&sort=index&list={list}", "Bob"));
    }

    [Fact]
    public async Task Features_with_comments_are_exported_alone()
    {
        var (comments, bob) = (site.Get<CommentRepository>(), new Actor("Bob", "Bob"));
        comments.Add(new FeatureKey(DemoFeatures.Set.SaeHash, 12), "the room, not the drum", null, bob);
        comments.Delete(comments.Add(new FeatureKey(DemoFeatures.Set.SaeHash, 13), "no", null, bob).Id, bob);
        Assert.Equal(["12"], await FeaturesAsync("features.csv?all=1&commented=1", "Ann"));
    }

    [Fact]
    public async Task An_SAE_that_is_not_here_is_404() =>
        Assert.Equal(HttpStatusCode.NotFound, (await site.Http.GetAsync(new Uri("saes/none/features.csv", UriKind.Relative), Stop)).StatusCode);

    private async Task<string[]> FeaturesAsync(string address, string person)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"saes/demo/{address}", UriKind.Relative));
        request.Headers.Add("as", person);
        using var answer = await site.Http.SendAsync(request, Stop);
        return [.. (await answer.Content.ReadAsStringAsync(Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')[0])];
    }
}
