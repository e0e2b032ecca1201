using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Api;

/// <summary>One feature over HTTP against the index itself.</summary>
public sealed class ApiFeatureTests(ApiSite site) : IClassFixture<ApiSite>
{
    private const int Feature = 1337;

    [Fact]
    public async Task A_feature_has_every_figure_of_the_index()
    {
        var index = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!.Index;
        var answer = await site.GetAsync($"{site.SaeAddress}/features/{Feature}");
        var (expected, figures) = (index[Feature], answer.GetProperty("statistics"));
        foreach (var (name, value) in new (string, double)[]
        {
            ("columnDensity", expected.ColumnDensity), ("clipDensity", expected.ClipDensity), ("clipDensityAny", expected.ClipDensityAny), ("p99", expected.P99), ("maximum", expected.Maximum), ("mean", expected.Mean),
            ("variance", expected.Variance), ("skewness", expected.Skewness), ("kurtosis", expected.Kurtosis), ("positives", expected.Positives), ("decoderNorm", expected.DecoderNorm),
        })
            Assert.Equal(value, figures.GetProperty(name).GetDouble(), 1e-9);
        var histogram = answer.GetProperty("histogram");
        Assert.Equal(index.Histogram(Feature), histogram.GetProperty("counts").EnumerateArray().Select(count => count.GetInt32()));
        // Two ways to the same number: the bins hold every column on which it fires.
        Assert.Equal(expected.Positives, histogram.GetProperty("counts").EnumerateArray().Sum(count => count.GetInt64()));
        Assert.Equal(expected.Maximum, histogram.GetProperty("width").GetDouble() * index.Info.HistogramBins, 1e-4);
        Assert.Equal(index.Neighbours(Feature).Select(near => (near.Feature, (double)near.Cosine)),
            answer.GetProperty("similar").EnumerateArray().Select(near => (near.GetProperty("index").GetInt32(), near.GetProperty("cosine").GetDouble())));
    }

    [Fact]
    public async Task What_the_index_measures_beyond_the_activations_is_there_and_what_it_lacks_is_null()
    {
        var index = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!.Index;
        var answer = (await site.GetAsync($"{site.SaeAddress}/features/{Feature}")).GetProperty("measures");
        if (index.Measures is not { } measures)
        {
            Assert.Equal(JsonValueKind.Null, answer.ValueKind);
            return;
        }
        Assert.Equal(measures.PositionR2[Feature], answer.GetProperty("positionR2").GetDouble(), 1e-6);
        Assert.Equal(measures.PositionHistogram(Feature).ToArray(), answer.GetProperty("positionHistogram").EnumerateArray().Select(count => count.GetInt32()));
        Assert.Equal(measures.Info.Descriptors, answer.GetProperty("correlations").EnumerateObject().Select(each => each.Name));
        Assert.Equal(measures.CoFiring(Feature).Select(other => other.Feature), answer.GetProperty("coFiring").EnumerateArray().Select(other => other.GetProperty("index").GetInt32()));
        Assert.Equal(measures.Stability.Length > 0, answer.GetProperty("stability").ValueKind == JsonValueKind.Number);
    }

    [Fact]
    public async Task Its_strength_ladder_is_there_once_it_was_measured()
    {
        const int measured = 3;
        var (features, folders) = (site.App.Services.GetRequiredService<FeatureCatalog>(), site.App.Services.GetRequiredService<LadderFolders>());
        using (var none = await site.Http.GetAsync($"{site.SaeAddress}/features/{measured}/ladder", TestContext.Current.CancellationToken)) Assert.Equal(System.Net.HttpStatusCode.NotFound, none.StatusCode);
        var index = features.Open(site.Sae)!.Index;
        SampleLadder.Write(folders.Of(site.App.Services.GetRequiredService<ICatalog>().Sae(site.Sae)!), index, SampleLadder.Of(index, measured));
        folders.Announce(index.Info.SaeHash);
        var answer = await site.GetAsync($"{site.SaeAddress}/features/{measured}/ladder");
        Assert.Equal([2, 4, 8, 4], new[] { "audible", "strong", "breaks", "tested" }.Select(name => answer.GetProperty("up").GetProperty(name).GetDouble()));
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("down").GetProperty("audible").ValueKind);
        Assert.Equal(index.P99[measured], answer.GetProperty("p99").GetDouble(), 1e-9);
        var rung = answer.GetProperty("rungs")[2];
        Assert.Equal(("strong", 3.5), (rung.GetProperty("level").GetString(), rung.GetProperty("deltas").GetProperty("level").GetProperty("mean").GetDouble()));
        Assert.Equal(12, answer.GetProperty("sideEffects")[0].GetProperty("features")[0].GetProperty("index").GetInt32());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("stale").ValueKind);
    }

    [Fact]
    public async Task Its_suggested_labels_are_there_with_their_scores_the_one_it_is_called_by_first()
    {
        var set = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!;
        // One that is called by the words of captions: they passed their test.
        string[] kinds = ["captionContrast", "topCaptions", "descriptorContrast"];
        var feature = Enumerable.Range(0, set.Index.Count).First(each => set.Suggestions(each).Select(suggestion => suggestion.Kind.Name()).SequenceEqual(kinds));
        var answer = await site.GetAsync($"{site.SaeAddress}/features/{feature}");
        var suggestions = answer.GetProperty("suggestions").EnumerateArray().ToArray();
        Assert.Equal(kinds, suggestions.Select(each => each.GetProperty("kind").GetString()));
        Assert.Equal(suggestions[0].GetProperty("text").GetString(), answer.GetProperty("feature").GetProperty("suggestion").GetString());
        // The file itself says the same.
        var made = LabelSuggestions.Open(set.Index.Folder, set.Index.Info)!;
        var expected = made.Of(feature).Single(each => each.Method == SuggestionMethod.CaptionContrast);
        var detection = suggestions[0].GetProperty("detection");
        Assert.Equal((expected.Text, expected.Version, expected.Evidence, expected.Confidence),
            (suggestions[0].GetProperty("text").GetString(), suggestions[0].GetProperty("version").GetString(), suggestions[0].GetProperty("evidence").GetString(), suggestions[0].GetProperty("confidence").GetDouble()));
        Assert.Equal((expected.Detection!.NearMiss, expected.Detection.Random, expected.Detection.Positives),
            ((double?)detection.GetProperty("nearMiss").GetDouble(), (double?)detection.GetProperty("random").GetDouble(), detection.GetProperty("positives").GetInt32()));
        Assert.Equal(made.Info.Floor["captionContrast"].NearMiss, suggestions[0].GetProperty("floor").GetProperty("nearMiss").GetDouble());
        Assert.All(suggestions.Skip(1), each => Assert.Equal(JsonValueKind.Null, each.GetProperty("detection").ValueKind));
    }

    [Fact]
    public async Task Its_clips_have_their_strips_and_the_strongest_value_is_where_the_clip_says()
    {
        var set = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!;
        var answer = await site.GetAsync($"{site.SaeAddress}/features/{Feature}");
        var clips = answer.GetProperty("topClips").EnumerateArray().ToArray();
        Assert.Equal(set.Index.TopClips(Feature).Select(clip => clip.Row), clips.Select(clip => clip.GetProperty("row").GetInt32()));
        foreach (var clip in clips)
        {
            var columns = clip.GetProperty("strip").GetProperty("columns").EnumerateArray().Select(column => column.GetInt32()).ToArray();
            var values = clip.GetProperty("strip").GetProperty("values").EnumerateArray().Select(value => value.GetDouble()).ToArray();
            Assert.Equal(columns.Length, values.Length);
            Assert.Equal(clip.GetProperty("value").GetDouble(), values[Array.IndexOf(columns, clip.GetProperty("column").GetInt32())], 1e-5);
            Assert.Equal((clip.GetProperty("column").GetInt32() - 1) / set.Index.Info.FrameRate, clip.GetProperty("atSeconds").GetDouble(), 1e-9);
            Assert.Equal(set.Clip(clip.GetProperty("row").GetInt32())!.Caption, clip.GetProperty("caption").GetString());
        }
        var groups = answer.GetProperty("examples").EnumerateArray().ToArray();
        Assert.Equal(set.Index.ExampleGroups.Select(group => group.Kind.Name()), groups.Select(group => group.GetProperty("kind").GetString()));
        Assert.All(groups.Where(group => group.GetProperty("kind").GetString() == ExampleKind.NearMiss.Name()).SelectMany(group => group.GetProperty("clips").EnumerateArray()),
            clip => Assert.Equal(0, clip.GetProperty("value").GetDouble()));
        var without = await site.GetAsync($"{site.SaeAddress}/features/{Feature}?strips=false");
        Assert.All(without.GetProperty("topClips").EnumerateArray(), clip => Assert.Equal(JsonValueKind.Null, clip.GetProperty("strip").ValueKind));
        // The address of a clip's drawing is one that answers.
        Assert.Equal(clips[0].GetProperty("row").GetInt32(), (await site.GetAsync(clips[0].GetProperty("address").GetString()!)).GetProperty("row").GetInt32());
    }

    [Fact]
    public async Task Labels_revisions_and_ratings_are_written_and_read_back_everywhere()
    {
        const int Named = 42;
        var address = $"{site.SaeAddress}/features/{Named}";
        var first = (await site.SendAsync(HttpMethod.Put, address + "/label", """{"text":"harp","note":"one string","basedOn":0}""")).Body.GetProperty("revision").GetInt64();
        var second = (await site.SendAsync(HttpMethod.Put, address + "/label", """{"text":"lyre"}""", ("If-Match", $"\"{first}\""))).Body.GetProperty("revision").GetInt64();
        var (stale, problem) = await site.SendAsync(HttpMethod.Put, address + "/label", """{"text":"lute"}""", ("If-Match", $"\"{first}\""));
        Assert.Equal((412, "lyre"), ((int)stale, problem.GetProperty("current").GetProperty("text").GetString()));
        Assert.Equal(409, (int)(await site.SendAsync(HttpMethod.Put, address + "/label", $$"""{"text":"lute","basedOn":{{first}}}""")).Status);
        Assert.Equal(400, (int)(await site.SendAsync(HttpMethod.Put, address + "/label", """{"text":"lute"}""", ("If-Match", "latest"))).Status);

        var (status, rated) = await site.SendAsync(HttpMethod.Put, $"/api/v1/labels/revisions/{second}/rating", """{"stars":4}""");
        Assert.Equal((200, 4, 4.0), ((int)status, rated.GetProperty("myStars").GetInt32(), rated.GetProperty("stars").GetDouble()));
        Assert.Equal(5, (await site.SendAsync(HttpMethod.Put, $"/api/v1/labels/revisions/{second}/rating", """{"stars":5}""")).Body.GetProperty("myStars").GetInt32());
        var row = (await site.GetAsync($"{site.SaeAddress}/features?q=lyre&all=true")).GetProperty("items")[0];
        Assert.Equal((Named, "lyre", 5.0, second), (row.GetProperty("index").GetInt32(), row.GetProperty("label").GetString(), row.GetProperty("stars").GetDouble(), row.GetProperty("labelRevision").GetInt64()));
        Assert.Equal(JsonValueKind.Null, (await site.SendAsync(HttpMethod.Delete, $"/api/v1/labels/revisions/{second}/rating")).Body.GetProperty("stars").ValueKind);

        foreach (var (body, why) in new[] { ("""{"stars":6}""", "a rating has 1 to 5"), ("""{"stars":"4"}""", "expected an integer"), ("{}", "required and missing"), ("""{"stars":4,"why":"x"}""", "unknown member 'why'"), ("[]", "not a rating"), ("null", "The body is null") })
        {
            var (refused, said) = await site.SendAsync(HttpMethod.Put, $"/api/v1/labels/revisions/{second}/rating", body);
            Assert.Equal(400, (int)refused);
            Assert.Contains(why, said.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal(404, (int)(await site.SendAsync(HttpMethod.Put, "/api/v1/labels/revisions/999999/rating", """{"stars":4}""")).Status);

        var restored = (await site.SendAsync(HttpMethod.Post, $"/api/v1/labels/revisions/{first}/restore")).Body;
        Assert.Equal(("harp", first), (restored.GetProperty("text").GetString(), restored.GetProperty("restoredFrom").GetInt64()));
        var revisions = (await site.GetAsync(address + "/label/revisions")).GetProperty("items").EnumerateArray().Select(each => each.GetProperty("text").GetString());
        Assert.Equal(["harp", "lyre", "harp"], revisions);
        Assert.Contains((await site.GetAsync(site.SaeAddress + "/labels")).GetProperty("items").EnumerateArray(), label => label.GetProperty("feature").GetInt32() == Named && label.GetProperty("text").GetString() == "harp");
    }
}
