using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Api;

namespace SaeDashboard.Web.Tests.Annotation;

/// <summary>Queues over HTTP: from a filter, a list or features; changed, archived; what an item has; and who is at a browser.</summary>
public sealed class QueueHttpTests(ApiSite site) : IClassFixture<ApiSite>
{
    [Fact]
    public async Task A_queue_is_made_of_a_filter_s_features_in_its_order_or_of_a_list_s()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var filtered = await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = " Strong ones ", sae = site.Sae, query = "sort=p99&min=5", overlap = 2, mode = "labelFirst", guidelines = "Hear first." });
        var expected = (await ada.GetAsync($"{site.SaeAddress}/features?sort=p99&min=5&limit=1000")).GetProperty("items").EnumerateArray().Select(row => row.GetProperty("index").GetInt32()).ToArray();
        Assert.Equal(expected, Numbers(filtered.GetProperty("features")).Take(1000));
        var queue = filtered.GetProperty("queue");
        Assert.Equal(("Strong ones", "labelFirst", 2, true), (queue.GetProperty("name").GetString(), queue.GetProperty("mode").GetString(), queue.GetProperty("overlap").GetInt32(), queue.GetProperty("mine").GetBoolean()));
        Assert.Equal(site.Sae, queue.GetProperty("sae").GetString());

        var set = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!;
        var list = site.App.Services.GetRequiredService<FeatureListRepository>().Add("Drums", set.SaeHash, [9, 4], true, site.Person);
        Assert.Equal([4, 9], Numbers((await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "From a list", sae = site.Sae, list })).GetProperty("features")));
        Assert.Equal([9, 4], Numbers((await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "By hand", sae = site.Sae, features = new[] { 9, 4, 9 } })).GetProperty("features")));
        Assert.Equal(HttpStatusCode.NotFound, (await ada.SendAsync(HttpMethod.Post, "/api/v1/queues", new { name = "x", sae = site.Sae, list = "list-20260101-000000-aaaa" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ada.SendAsync(HttpMethod.Post, "/api/v1/queues", new { name = "x", sae = "none", query = "" })).Status);
    }

    [Fact]
    public async Task The_list_of_queues_says_what_the_reader_did_and_that_a_queue_is_done_and_the_form_takes_a_selection()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = (await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "Mine", sae = site.Sae, features = new[] { 21, 22 } })).GetProperty("queue").GetProperty("id").GetString()!;
        Assert.Contains("Begin", await RowAsync(), StringComparison.Ordinal);
        await ada.SayAsync(queue, 21, "reject");
        var row = await RowAsync();
        Assert.Contains("yours:", row, StringComparison.Ordinal);
        Assert.Contains("Continue", row, StringComparison.Ordinal);
        await ada.SayAsync(queue, 22, "reject");
        Assert.Contains(">Open</a>", await RowAsync(), StringComparison.Ordinal);
        var form = await ada.TextAsync($"/annotate/new?sae={site.Sae}&select=21-23");
        Assert.Contains("the 3 features that were selected", form, StringComparison.Ordinal);

        // The page's own row of the queue.
        async Task<string> RowAsync()
        {
            var page = await ada.TextAsync("/annotate");
            var from = page.IndexOf($"data-queue=\"{queue}\"", StringComparison.Ordinal);
            return page[from..page.IndexOf("</li>", from, StringComparison.Ordinal)];
        }
    }

    [Theory]
    [InlineData("""{"name": "x", "sae": "SAE"}""", "Give query, list or features")]
    [InlineData("""{"name": "x", "sae": "SAE", "query": "", "features": [1]}""", "no two of them")]
    [InlineData("""{"name": "x", "sae": "SAE", "query": "lable=labelled"}""", "query has “lable”")]
    [InlineData("""{"name": "x", "sae": "SAE", "query": "q=nothing+is+called+this"}""", "has no features")]
    [InlineData("""{"name": "x", "sae": "SAE", "features": [999999]}""", "has no feature 999999")]
    [InlineData("""{"name": "x", "sae": "SAE", "features": [1], "overlap": 9}""", "overlap is 9")]
    [InlineData("""{"name": "x", "sae": "SAE", "features": [1], "mode": 1}""", "mode")]
    [InlineData("""{"name": "x", "sae": "SAE", "features": [1], "gold": [null]}""", "is null")]
    public async Task What_is_not_a_queue_is_refused_by_name(string body, string why)
    {
        var (status, problem) = await site.SendAsync(HttpMethod.Post, "/api/v1/queues", body.Replace("SAE", site.Sae, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(why, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_is_changed_and_archived_by_its_author_and_its_gold_is_theirs_to_see()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        using var bob = await Annotator.EnterAsync(site, "Bob");
        var made = await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "Gold", sae = site.Sae, features = new[] { 20, 10 }, gold = new[] { new { feature = 15, verdict = "reject" } } });
        var address = $"/api/v1/queues/{made.GetProperty("queue").GetProperty("id").GetString()}";
        Assert.Equal(15, made.GetProperty("gold")[0].GetProperty("feature").GetInt32());
        var theirs = await bob.GetAsync(address);
        Assert.Equal(JsonValueKind.Null, theirs.GetProperty("gold").ValueKind);
        Assert.Equal([10, 15, 20], Numbers(theirs.GetProperty("features")));
        Assert.Equal(3, theirs.GetProperty("queue").GetProperty("progress").GetProperty("total").GetInt32());
        Assert.Equal(JsonValueKind.Null, (await bob.GetAsync(address + "/agreement")).GetProperty("gold").ValueKind);

        var changed = await ada.DoAsync(HttpMethod.Put, address, new { guidelines = "New.", basedOn = 1 });
        Assert.Equal((2, "New.", 15), (changed.GetProperty("queue").GetProperty("version").GetInt32(), changed.GetProperty("queue").GetProperty("guidelines").GetString(), changed.GetProperty("gold")[0].GetProperty("feature").GetInt32()));
        var (status, problem) = await ada.SendAsync(HttpMethod.Put, address, new { name = "Other", basedOn = 1 });
        Assert.Equal((HttpStatusCode.Conflict, 2), (status, problem.GetProperty("current").GetProperty("version").GetInt32()));
        Assert.Equal(HttpStatusCode.BadRequest, (await bob.SendAsync(HttpMethod.Put, address, new { name = "Mine" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await bob.SendAsync(HttpMethod.Delete, address)).Status);

        Assert.NotEqual(JsonValueKind.Null, (await ada.DoAsync(HttpMethod.Delete, address)).GetProperty("archivedUtc").ValueKind);
        Assert.Equal(("archived", (int?)null), await bob.NextAsync(address.Split('/')[^1]));
        Assert.DoesNotContain((await bob.GetAsync("/api/v1/queues?limit=1000")).GetProperty("items").EnumerateArray(), queue => queue.GetProperty("name").GetString() == "Gold");
        Assert.Contains((await bob.GetAsync($"/api/v1/queues?archived=true&sae={site.Sae}")).GetProperty("items").EnumerateArray(), queue => queue.GetProperty("name").GetString() == "Gold");
        Assert.Equal(JsonValueKind.Null, (await ada.DoAsync(HttpMethod.Post, address + "/restore")).GetProperty("archivedUtc").ValueKind);
    }

    [Fact]
    public async Task An_item_has_clips_that_the_label_was_not_made_from_the_same_for_all_in_an_order_of_each_person_s_own()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        using var bob = await Annotator.EnterAsync(site, "Bob");
        var set = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!;
        int[] features = [.. Enumerable.Range(0, set.Index.Count).Where(feature => set.Index[feature].Kept).Take(30)];
        var queue = (await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "Clips", sae = site.Sae, features, overlap = 2 })).GetProperty("queue").GetProperty("id").GetString()!;
        var (shuffled, nearMisses) = (0, 0);
        foreach (var feature in features)
        {
            var (mine, theirs) = (await ada.GetAsync($"/api/v1/queues/{queue}/items/{feature}"), await bob.GetAsync($"/api/v1/queues/{queue}/items/{feature}"));
            var rows = Rows(mine);
            Assert.Equal(rows, Rows(await ada.GetAsync($"/api/v1/queues/{queue}/items/{feature}")));
            Assert.Equal(rows.Order(), Rows(theirs).Order());
            if (!rows.SequenceEqual(Rows(theirs))) shuffled++;
            Assert.Equal(rows.Length, rows.Distinct().Count());
            Assert.Empty(rows.Intersect(set.Index.TopClips(feature).Select(clip => clip.Row)));
            Assert.Empty(rows.Intersect(mine.GetProperty("examples").EnumerateArray().Select(clip => clip.GetProperty("row").GetInt32())));
            // What a clip is there for is not in the answer; where listening begins says nothing of it.
            Assert.Equal(["peaks", "playFrom", "row", "seconds", "sound"], mine.GetProperty("clips")[0].EnumerateObject().Select(member => member.Name).Order());
            var kinds = HeldOutClips.Of(set, feature, queue, ada.Id).CountBy(clip => clip.Kind).ToDictionary();
            Assert.InRange(kinds[Core.Features.ExampleKind.Random], 1, 5);
            Assert.InRange(kinds[Core.Features.ExampleKind.Interval], 1, 8);
            // A feature that fires in every clip at least once has no near miss.
            nearMisses += kinds.GetValueOrDefault(Core.Features.ExampleKind.NearMiss) is > 0 and <= 5 ? 1 : 0;
            Assert.All(mine.GetProperty("clips").EnumerateArray(), clip => Assert.InRange(clip.GetProperty("playFrom").GetDouble(), 0, clip.GetProperty("seconds").GetDouble()));
        }
        Assert.True(nearMisses > 20, $"{nearMisses} of 30 items have near misses");
        Assert.True(shuffled > 25, $"{shuffled} of 30 items are in another order for another person");
        Assert.Equal(HttpStatusCode.NotFound, (await ada.SendAsync(HttpMethod.Get, $"/api/v1/queues/{queue}/items/{features.Max() + 1}")).Status);
    }

    [Fact]
    public async Task A_label_is_completed_from_labels_and_the_words_of_captions_each_once_the_most_frequent_first()
    {
        foreach (var (feature, text) in new[] { (401, "Shaker roll"), (402, "shaker roll"), (403, "bass drop") })
            await site.SendAsync(HttpMethod.Put, $"{site.SaeAddress}/features/{feature}/label", JsonSerializer.Serialize(new { text }));
        var words = await site.GetAsync($"{site.SaeAddress}/words");
        var labels = words.GetProperty("labels").EnumerateArray().Select(word => (Text: word.GetProperty("text").GetString()!, Count: word.GetProperty("count").GetInt32())).ToArray();
        Assert.Contains(labels, label => label.Count == 2 && label.Text.Equals("shaker roll", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(("bass drop", 1), labels);
        var captions = words.GetProperty("words").EnumerateArray().Select(word => (Text: word.GetProperty("text").GetString()!, Count: word.GetProperty("count").GetInt32())).ToArray();
        Assert.NotEmpty(captions);
        Assert.Equal(captions.OrderByDescending(word => word.Count).Select(word => word.Count), captions.Select(word => word.Count));
        Assert.All(captions, word => Assert.True(char.IsLetterOrDigit(word.Text[0]) && char.IsLetterOrDigit(word.Text[^1]) && word.Text.Length >= 3, word.Text));
        // Counted a second way: the captions that have the word among their words.
        var clips = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!.Clips!.Clips;
        var first = captions[0];
        Assert.Equal(first.Count, clips.Count(clip => System.Text.RegularExpressions.Regex.IsMatch(clip.Caption, $@"(?<!\S)\W*{System.Text.RegularExpressions.Regex.Escape(first.Text)}\W*(?!\S)", System.Text.RegularExpressions.RegexOptions.IgnoreCase)));
    }

    [Fact]
    public async Task Who_is_at_a_browser_is_said_once_and_kept_by_its_cookie()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var me = await ada.GetAsync("/api/v1/me");
        Assert.Equal((ada.Id, true), (me.GetProperty("id").GetString(), me.GetProperty("me").GetBoolean()));
        Assert.Equal(site.Person.UserId, (await site.GetAsync("/api/v1/me")).GetProperty("id").GetString());
        Assert.Contains((await ada.GetAsync("/api/v1/people?limit=1000")).GetProperty("items").EnumerateArray(), person => person.GetProperty("id").GetString() == ada.Id && person.GetProperty("me").GetBoolean());
        Assert.DoesNotContain((await ada.GetAsync("/api/v1/people?limit=1000")).GetProperty("items").EnumerateArray(), person => person.GetProperty("id").GetString() == "site");
        // Renamed elsewhere, the cookie's old name is not used any more.
        site.App.Services.GetRequiredService<UserRepository>().Rename(ada.Id, "Countess", site.Person);
        Assert.Equal("Countess", (await ada.GetAsync("/api/v1/me")).GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await ada.SendAsync(HttpMethod.Put, "/api/v1/me", new { name = "countess" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await ada.SendAsync(HttpMethod.Put, "/api/v1/me", new { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ada.SendAsync(HttpMethod.Put, "/api/v1/me", new { person = "site" })).Status);
        Assert.Equal(site.Person.UserId, (await ada.DoAsync(HttpMethod.Put, "/api/v1/me", new { person = site.Person.UserId })).GetProperty("id").GetString());
        Assert.Equal(site.Person.UserId, (await ada.GetAsync("/api/v1/me")).GetProperty("id").GetString());
    }

    private static IEnumerable<int> Numbers(JsonElement list) => list.EnumerateArray().Select(each => each.GetInt32());

    private static int[] Rows(JsonElement item) => [.. item.GetProperty("clips").EnumerateArray().Select(clip => clip.GetProperty("row").GetInt32())];
}
