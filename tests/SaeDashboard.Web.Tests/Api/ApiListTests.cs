using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Api;

/// <summary>Lists in parts, their filters, and what a wrong query is answered.</summary>
public sealed class ApiListTests(ApiSite site) : IClassFixture<ApiSite>
{
    [Fact]
    public async Task The_parts_of_a_list_make_the_whole_list_in_the_order_of_the_page()
    {
        var features = site.App.Services.GetRequiredService<FeatureCatalog>();
        var set = features.Open(site.Sae)!;
        var query = FeatureQuery.Default with { Sort = FeatureSort.P99, MinDensity = 2, Text = "drum" };
        var expected = FeatureFilter.Apply(set, features.Labels(set), query);
        Assert.InRange(expected.Length, 20, 1000);
        var found = new List<int>();
        var parts = 0;
        for (var next = $"{site.SaeAddress}/features?sort=p99&min=2&q=drum&limit=17"; next is not null; parts++)
        {
            var page = await site.GetAsync(next);
            Assert.Equal((expected.Length, 17, 17 * parts), (page.GetProperty("total").GetInt32(), page.GetProperty("limit").GetInt32(), page.GetProperty("offset").GetInt32()));
            found.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("index").GetInt32()));
            next = page.GetProperty("next").GetString();
        }
        Assert.Equal(expected, found);
        Assert.Equal((expected.Length + 16) / 17, parts);
    }

    [Theory]
    [InlineData("")]
    [InlineData("all=true&sort=index&reverse=1")]
    [InlineData("label=unlabelled&max=5&least=0.1&most=50&strength=0.2")]
    [InlineData("q=1337&all=1")]
    public async Task A_filter_means_what_it_means_on_the_page(string filter)
    {
        var features = site.App.Services.GetRequiredService<FeatureCatalog>();
        var set = features.Open(site.Sae)!;
        var pairs = filter.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1] == "true" ? "1" : pair[1]);
        var expected = FeatureFilter.Apply(set, features.Labels(set), FeatureQuery.Parse(name => pairs.GetValueOrDefault(name)));
        var page = await site.GetAsync($"{site.SaeAddress}/features?{filter}{(filter.Length > 0 ? "&" : "")}limit=1000");
        Assert.Equal(expected.Length, page.GetProperty("total").GetInt32());
        Assert.Equal(expected.Take(1000), page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("index").GetInt32()));
    }

    [Fact]
    public async Task The_last_part_and_one_beyond_the_end_have_no_next()
    {
        var last = await site.GetAsync("/api/v1/saes?offset=0&limit=1");
        Assert.Equal((1, JsonValueKind.Null), (last.GetProperty("items").GetArrayLength(), last.GetProperty("next").ValueKind));
        var beyond = await site.GetAsync("/api/v1/saes?offset=2147483647&limit=1000");
        Assert.Equal((0, 1, JsonValueKind.Null), (beyond.GetProperty("items").GetArrayLength(), beyond.GetProperty("total").GetInt32(), beyond.GetProperty("next").ValueKind));
    }

    [Theory]
    [InlineData("/features?sort=loudness", "sort", "sort is “loudness”; it is one of agreement, density")]
    [InlineData("/features?max=500", "max", "max is “500”; it is a number from 0 to 100")]
    [InlineData("/features.csv?select=3,abc", "select", "select has “abc”; it is the numbers of features")]
    [InlineData("/features.jsonl?select=0-2047", "select", "select has 2,048 features; 500 is the most")]
    [InlineData("/features?limit=0", "limit", "limit is “0”; it is a whole number from 1 to 1000.")]
    [InlineData("/features?limit=1001", "limit", "limit is “1001”; it is a whole number from 1 to 1000.")]
    [InlineData("/features?offset=-1", "offset", "offset is “-1”; it is a whole number from 0 to 2147483647.")]
    [InlineData("/features?min=NaN", "min", "min is “NaN”; it is a number from 0 to 100, with a decimal point.")]
    [InlineData("/features?min=1,5", "min", "min is “1,5”; it is a number from 0 to 100, with a decimal point.")]
    [InlineData("/features?min=1e-1", "min", "min is “1e-1”; it is a number from 0 to 100, with a decimal point.")]
    [InlineData("/features?strength=-1", "strength", "strength is “-1”; it is a number of 0 or more, with a decimal point.")]
    [InlineData("/features?all=yes", "all", "all is “yes”; it is true or false.")]
    [InlineData("/features?labels=labelled", "labels", "“labels” is not a parameter of this address; it takes q, sort,")]
    [InlineData("/features?min=1&min=2", "min", "min is there 2 times; give it once.")]
    [InlineData("/features/0?depth=3", "depth", "“depth” is not a parameter of this address; it takes strips.")]
    [InlineData("?verbose=1", "verbose", "“verbose” is not a parameter of this address; it takes none.")]
    public async Task A_wrong_query_is_named_with_what_is_allowed(string query, string name, string why)
    {
        var (status, problem) = await site.SendAsync(HttpMethod.Get, site.SaeAddress + query);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(why, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains(why, problem.GetProperty("errors").GetProperty(name)[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_wrong_value_of_a_query_is_named_at_once()
    {
        var (_, problem) = await site.SendAsync(HttpMethod.Get, site.SaeAddress + "/features?sort=x&limit=y&z=1");
        Assert.Equal(["limit", "sort", "z"], problem.GetProperty("errors").EnumerateObject().Select(each => each.Name).Order());
    }

    [Theory]
    [InlineData("saes/none", 404, "There is no SAE 'none'")]
    [InlineData("saes/none/features", 404, "There is no SAE 'none'")]
    [InlineData("saes/SAE/features/999999", 404, "it has features 0 to 2047")]
    [InlineData("saes/SAE/features/0/clips/999", 404, "has no clip 999")]
    [InlineData("saes/SAE/features/x", 404, "is not an address of this API")]
    [InlineData("saes/SAE/features/-1", 404, "has no feature -1")]
    [InlineData("datasets/none/clips", 404, "There is no dataset 'none'")]
    [InlineData("datasets/DATASET/clips/999999", 404, "has no clip 999999")]
    [InlineData("datasets/DATASET/clips/0/peaks?buckets=0", 400, "buckets is “0”")]
    [InlineData("datasets/DATASET/clips/0/peaks?buckets=many", 400, "buckets is “many”")]
    [InlineData("models/none", 404, "There is no model 'none'")]
    [InlineData("runs/none", 404, "There is no run 'none'")]
    [InlineData("runs/none/metrics.csv", 404, "No run has the id 'none'")]
    [InlineData("jobs/77", 404, "There is no job 77")]
    [InlineData("takes/none", 404, "There is no take 'none'")]
    [InlineData("presets/none", 404, "does not exist")]
    [InlineData("comments/none", 404, "There is no comment")]
    [InlineData("nothing/here", 404, "GET /api/v1/nothing/here is not an address of this API")]
    [InlineData("datasets/DATASET/clips/0.wav", 503, "music worker", Traits = ["Length", "Long"])]
    public async Task Every_error_is_a_problem_that_says_what_is_wrong(string address, int status, string why)
    {
        var dataset = site.App.Services.GetRequiredService<Web.Data.ICatalog>().Datasets[0].Id;
        var (answered, problem) = await site.SendAsync(HttpMethod.Get, "/api/v1/" + address.Replace("SAE", site.Sae, StringComparison.Ordinal).Replace("DATASET", dataset, StringComparison.Ordinal));
        Assert.Equal((status, status), ((int)answered, problem.GetProperty("status").GetInt32()));
        Assert.Contains(why, problem.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
    }

    [Fact]
    public async Task A_method_that_an_address_does_not_take_is_answered_with_those_that_it_takes()
    {
        var (status, problem) = await site.SendAsync(HttpMethod.Post, "/api/v1/saes", "{}");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "/api/v1/saes takes GET, not POST."), (status, problem.GetProperty("detail").GetString()));
        Assert.Contains("takes DELETE, GET, PUT, not PATCH", (await site.SendAsync(HttpMethod.Patch, "/api/v1/comments/x", "{}")).Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_the_framework_refuses_is_a_problem_too()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await site.SendAsync(HttpMethod.Post, "/api/v1/presets", "{")).Status);
        using var text = new StringContent("name=x", System.Text.Encoding.UTF8, "text/plain");
        using var answer = await site.Http.PostAsync("/api/v1/presets", text, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Host", "evil.example")]
    public async Task A_request_of_another_site_s_page_is_refused_as_a_problem_and_writes_nothing(string header, string value)
    {
        foreach (var (method, address, body) in new[]
        {
            (HttpMethod.Get, "/api/v1/saes", null), (HttpMethod.Put, site.SaeAddress + "/features/5/label", """{"text":"evil"}"""),
            (HttpMethod.Post, site.SaeAddress + "/features/5/comments", """{"text":"evil"}"""), (HttpMethod.Post, "/api/v1/jobs/1/cancel", null),
        })
        {
            var (status, problem) = await site.SendAsync(method, address, body, (header, value));
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains("evil.example", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal("", (await site.GetAsync(site.SaeAddress + "/features/5/label")).GetProperty("text").GetString());
        Assert.Equal(0, (await site.GetAsync(site.SaeAddress + "/features/5/comments")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task The_metrics_of_a_run_are_the_same_as_JSON_and_as_a_table()
    {
        var lines = (await site.GetAsync($"/api/v1/runs/{site.Run}/metrics.json")).EnumerateArray().Select(line => line.GetProperty("loss").GetDouble());
        Assert.Equal([0.5, 0.25], lines);
        var table = await site.Http.GetStringAsync($"/api/v1/runs/{site.Run}/metrics.csv", TestContext.Current.CancellationToken);
        Assert.Equal("step,columns,seconds,loss", table.Split('\n')[0]);
        var run = await site.GetAsync($"/api/v1/runs/{site.Run}");
        Assert.Equal("done", run.GetProperty("run").GetProperty("state").GetString());
        Assert.Equal(1, (await site.GetAsync("/api/v1/runs?state=done")).GetProperty("total").GetInt32());
        Assert.Equal(0, (await site.GetAsync("/api/v1/runs?state=running")).GetProperty("total").GetInt32());
    }
}
