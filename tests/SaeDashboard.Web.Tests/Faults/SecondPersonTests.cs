using System.Net;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Faults;

/// <summary>Two people at the same lists, views and comments: what one has changed in the meantime is never written over, and the other sees it.</summary>
public sealed class SecondPersonTests : IAsyncLifetime
{
    private FeatureSite site = null!;
    private OpenPage ann = null!, bob = null!;

    private static string Hash => DemoFeatures.Set.SaeHash;

    public async ValueTask InitializeAsync()
    {
        site = await FeatureSite.StartAsync(app => app.MapComments());
        (ann, bob) = (new OpenPage(site, "Ann"), new OpenPage(site, "Bob"));
    }

    public async ValueTask DisposeAsync()
    {
        await ann.DisposeAsync();
        await bob.DisposeAsync();
        await site.DisposeAsync();
    }

    [Fact]
    public async Task Both_keep_what_they_did_to_a_shared_list_and_an_undo_takes_back_its_own_change_alone()
    {
        var changes = 0;
        site.Get<FeatureLists>().Changed += () => changes++;
        await ann.Actions.MakeAsync("drums", Hash, [1, 2, 3], shared: true);
        // What Bob's page shows is older than what Ann does next.
        var seen = Assert.Single(Lists(bob));
        await ann.Actions.RemoveAsync(seen, [2]);
        Assert.Null(await bob.Actions.AddAsync(seen, [7, 3]));
        Assert.Equal([1, 3, 7], Assert.Single(Lists(ann)).Features);
        Assert.Equal(3, changes);

        var store = site.Get<FeatureListRepository>();
        var mine = store.Change(seen.Id, [8, 9], [1], ann.Person);
        store.Change(seen.Id, [10], [9], bob.Person);
        // What the button Undo does.
        store.Change(seen.Id, mine.Removed, mine.Added, ann.Person);
        Assert.Equal([1, 3, 7, 10], Assert.Single(Lists(ann)).Features);
    }

    [Fact]
    public async Task A_list_that_is_gone_or_private_by_now_is_said_and_stays_as_its_owner_left_it()
    {
        await ann.Actions.MakeAsync("drums", Hash, [1], shared: true);
        var seen = Assert.Single(Lists(bob));
        Assert.Contains("another person's", await bob.Actions.RenameAsync(seen, "mine"), StringComparison.Ordinal);
        Assert.False(await bob.Actions.DeleteAsync(seen));
        await ann.Actions.RenameAsync(seen, "taiko");
        await ann.Actions.ShareAsync(seen, false);
        Assert.Empty(Lists(bob));
        Assert.Contains("deleted, or it is another person's", await bob.Actions.AddAsync(seen, [7]), StringComparison.Ordinal);
        await ann.Actions.ShareAsync(seen, true);
        await ann.Actions.DeleteAsync(seen);
        Assert.Contains("it was deleted", await bob.Actions.AddAsync(seen, [7]), StringComparison.Ordinal);
        site.Get<FeatureListRepository>().Restore(seen.Id, ann.Person);
        Assert.Equal(("taiko", 1), Assert.Single(Lists(bob)) is var left ? (left.Name, left.Features.Count) : default);
    }

    [Fact]
    public async Task A_view_is_changed_by_its_owner_alone()
    {
        await ann.Actions.SaveViewAsync("big", "q=taiko", null, shared: true);
        var seen = Assert.Single(Views(bob));
        await ann.Actions.RenameAsync(seen, "bigger");
        Assert.Contains("another person's", await bob.Actions.RenameAsync(seen, "mine"), StringComparison.Ordinal);
        await bob.Actions.DeleteAsync(seen);
        Assert.Contains(bob.Notices, notice => notice.Contains("The view “bigger” is another person's", StringComparison.Ordinal));
        Assert.Equal("bigger", Assert.Single(Views(ann)).Name);
        await ann.Actions.DeleteAsync(seen);
        Assert.Empty(Views(bob));
        Assert.NotNull(await bob.Actions.RenameAsync(seen, "mine"));
    }

    [Fact]
    public async Task A_comment_is_its_authors_and_an_older_window_is_shown_the_newer_text()
    {
        const string list = "saes/demo/features/42/comments";
        var (_, made) = await site.SendAsync(HttpMethod.Post, list, """{"text": "first"}""", "Ann");
        var one = $"comments/{made.GetProperty("id").GetString()}";
        var (foreign, problem) = await site.SendAsync(HttpMethod.Put, one, """{"text": "Bob's"}""", "Bob");
        Assert.Equal(HttpStatusCode.BadRequest, foreign);
        Assert.Contains("Ann wrote this comment", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await site.SendAsync(HttpMethod.Put, one, """{"text": "second", "basedOn": 1}""", "Ann");
        var (status, conflict) = await site.SendAsync(HttpMethod.Put, one, """{"text": "third", "basedOn": 1}""", "Ann");
        Assert.Equal((HttpStatusCode.Conflict, "second"), (status, conflict.GetProperty("current").GetProperty("text").GetString()));
        // Deleted by its author alone, it is brought back as it was last.
        Assert.Equal(HttpStatusCode.BadRequest, (await site.SendAsync(HttpMethod.Delete, one, null, "Bob")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await site.SendAsync(HttpMethod.Delete, one, null, "Ann")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await site.SendAsync(HttpMethod.Put, one, """{"text": "third", "basedOn": 2}""", "Ann")).Status);
        Assert.Equal("second", (await site.SendAsync(HttpMethod.Post, one + "/restore", null, "Ann")).Body.GetProperty("text").GetString());
        // Both comment on the same feature at once: both are there.
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => site.SendAsync(HttpMethod.Post, list, $$"""{"text": "{{i}}"}""", i % 2 == 0 ? "Ann" : "Bob")));
        Assert.Equal(11, (await site.SendAsync(HttpMethod.Get, list)).Body.GetProperty("total").GetInt32());
    }

    private IReadOnlyList<FeatureListRow> Lists(OpenPage page) => site.Get<FeatureLists>().Of(Hash, page.Person);

    private IReadOnlyList<SavedViewRow> Views(OpenPage page) => site.Get<FeatureLists>().ViewsOf(Hash, page.Person);
}
