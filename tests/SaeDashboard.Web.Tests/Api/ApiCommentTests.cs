using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Api;

/// <summary>Comments over HTTP, as the page's fields send them too.</summary>
public sealed class ApiCommentTests(ApiSite site) : IClassFixture<ApiSite>
{
    [Fact]
    public async Task A_comment_is_written_read_changed_deleted_and_brought_back()
    {
        var list = $"{site.SaeAddress}/features/7/comments";
        var (status, made) = await site.SendAsync(HttpMethod.Post, list, """{"text": " only the last hit ", "clip": {"row": 12, "from": 3.2, "to": 5}}""");
        Assert.Equal(HttpStatusCode.Created, status);
        var (id, clip) = (made.GetProperty("id").GetString()!, made.GetProperty("clip"));
        Assert.Equal(("only the last hit", 1), (made.GetProperty("text").GetString(), made.GetProperty("version").GetInt32()));
        Assert.EndsWith("/clips/12.wav#t=3.2,5", clip.GetProperty("sound").GetString(), StringComparison.Ordinal);
        Assert.Equal(id, (await site.GetAsync(list)).GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal(id, (await site.GetAsync($"{site.SaeAddress}/features/7")).GetProperty("comments")[0].GetProperty("id").GetString());
        Assert.Equal(1, (await site.GetAsync($"{site.SaeAddress}/features?q=7&all=true")).GetProperty("items").EnumerateArray().Single(row => row.GetProperty("index").GetInt32() == 7).GetProperty("comments").GetInt32());
        Assert.Contains(7, await CommentedAsync());

        var one = $"/api/v1/comments/{id}";
        var changed = await site.SendAsync(HttpMethod.Put, one, """{"text": "the last two hits", "clip": {"row": 12, "from": 3, "to": 5.5}, "basedOn": 1}""");
        Assert.Equal((HttpStatusCode.OK, 2, 3.0), (changed.Status, changed.Body.GetProperty("version").GetInt32(), changed.Body.GetProperty("clip").GetProperty("from").GetDouble()));
        var (conflict, problem) = await site.SendAsync(HttpMethod.Put, one, """{"text": "mine", "basedOn": 1}""");
        Assert.Equal((HttpStatusCode.Conflict, "the last two hits"), (conflict, problem.GetProperty("current").GetProperty("text").GetString()));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await site.SendAsync(HttpMethod.Put, one, """{"text": "mine"}""", ("If-Match", "\"1\""))).Status);
        Assert.Equal(JsonValueKind.Null, (await site.SendAsync(HttpMethod.Put, one, """{"text": "of the whole feature"}""", ("If-Match", "\"2\""))).Body.GetProperty("clip").ValueKind);

        Assert.Equal(HttpStatusCode.NoContent, (await site.SendAsync(HttpMethod.Delete, one)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await site.SendAsync(HttpMethod.Get, one)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await site.SendAsync(HttpMethod.Delete, one)).Status);
        Assert.Equal(0, (await site.GetAsync(list)).GetProperty("total").GetInt32());
        Assert.DoesNotContain(7, await CommentedAsync());
        Assert.Equal("of the whole feature", (await site.SendAsync(HttpMethod.Post, one + "/restore")).Body.GetProperty("text").GetString());
        Assert.Contains((await site.GetAsync($"{site.SaeAddress}/comments")).GetProperty("items").EnumerateArray(), comment => comment.GetProperty("id").GetString() == id);
    }

    private async Task<IEnumerable<int>> CommentedAsync() =>
        (await site.GetAsync($"{site.SaeAddress}/features?commented=true&all=true")).GetProperty("items").EnumerateArray().Select(row => row.GetProperty("index").GetInt32());

    [Theory]
    [InlineData("{", "The body is not a comment")]
    [InlineData("""{"clip": {"row": 1}}""", "required and missing: 'text'")]
    [InlineData("""{"text": " "}""", "The comment is empty")]
    [InlineData("""{"text": "x", "clip": {"row": 999999}}""", "clip.row is 999999; the dataset has clips 0 to")]
    [InlineData("""{"text": "x", "clip": {"row": 1, "from": 3}}""", "both from and to")]
    [InlineData("""{"text": "x", "clip": {"row": 1, "from": 3, "to": 3000}}""", "clip.to is 3000 s; clip 1 ends at")]
    [InlineData("""{"text": "x", "clip": {"row": "1"}}""", "expected an integer")]
    [InlineData("""{"text": "x", "colour": "red"}""", "unknown member 'colour'")]
    public async Task What_is_not_a_comment_is_refused_by_name(string body, string why)
    {
        var (status, problem) = await site.SendAsync(HttpMethod.Post, $"{site.SaeAddress}/features/8/comments", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(why, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await site.GetAsync($"{site.SaeAddress}/features/8/comments")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Another_person_s_comment_is_not_changed_and_a_long_or_a_foreign_body_is_refused()
    {
        var comments = site.App.Services.GetRequiredService<CommentService>();
        var set = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!;
        var theirs = comments.Add(new FeatureKey(set.SaeHash, 9), "theirs", null, new Actor("bob", "Bob"));
        var (status, problem) = await site.SendAsync(HttpMethod.Put, $"/api/v1/comments/{theirs.Id}", """{"text": "mine"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "theirs"), (status, comments.Find(theirs.Id)!.Text));
        Assert.Contains("Bob wrote this comment", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await site.SendAsync(HttpMethod.Post, $"{site.SaeAddress}/features/9/comments", JsonSerializer.Serialize(new { text = new string('x', 100_000) }))).Status);
        using var form = new FormUrlEncodedContent([new("text", "x")]);
        using var answer = await site.Http.PostAsync($"{site.SaeAddress}/features/9/comments", form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public void An_open_page_is_notified_of_every_change()
    {
        var comments = site.App.Services.GetRequiredService<CommentService>();
        var key = new FeatureKey(new string('e', 64), 3);
        var changes = new List<FeatureKey>();
        comments.Changed += changes.Add;
        var comment = comments.Add(key, "one", null, site.Person);
        comments.Edit(comment.Id, "two", null, site.Person);
        comments.Delete(comment.Id, site.Person);
        comments.Restore(comment.Id, site.Person);
        comments.Changed -= changes.Add;
        Assert.Equal([key, key, key, key], changes);
        Assert.Equal(1, comments.Counts(key.SaeHash)[3]);
    }
}
