using System.Net;
using System.Text.Json;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Sounds;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;
using SaeDashboard.Web.Tests.Sounds;
using TestContext = Xunit.TestContext;

namespace SaeDashboard.Web.Tests.Faults;

/// <summary>While the disk is full, what people write about features is refused with the reason, nothing changes, what they typed stays, and with room it is saved.</summary>
public sealed class FullStoreTests : IAsyncLifetime
{
    private FeatureSite site = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => site = await FeatureSite.StartAsync(app => app.MapComments());

    public ValueTask DisposeAsync() => site.DisposeAsync();

    [Fact]
    public async Task Comments_are_as_they_were()
    {
        const string list = "saes/demo/features/42/comments";
        var (_, first) = await site.SendAsync(HttpMethod.Post, list, """{"text": "only the last hit"}""");
        var one = $"comments/{first.GetProperty("id").GetString()}";
        site.Store.IsFull = true;
        foreach (var (method, address, body) in new (HttpMethod, string, string?)[]
        {
            (HttpMethod.Post, list, """{"text": "another"}"""), (HttpMethod.Put, one, """{"text": "changed"}"""), (HttpMethod.Delete, one, null),
        })
        {
            var (status, problem) = await site.SendAsync(method, address, body);
            Assert.Equal((method, HttpStatusCode.BadRequest, CountingStore.Full), (method, status, problem.GetProperty("detail").GetString()));
        }
        var all = (await site.SendAsync(HttpMethod.Get, list)).Body.GetProperty("items").EnumerateArray().Select(comment => (comment.GetProperty("text").GetString(), comment.GetProperty("version").GetInt32()));
        Assert.Equal([("only the last hit", 1)], all);
        site.Store.IsFull = false;
        Assert.Equal(HttpStatusCode.NoContent, (await site.SendAsync(HttpMethod.Delete, one)).Status);
        site.Store.IsFull = true;
        Assert.Equal(HttpStatusCode.BadRequest, (await site.SendAsync(HttpMethod.Post, one + "/restore")).Status);
        Assert.Equal(0, (await site.SendAsync(HttpMethod.Get, list)).Body.GetProperty("total").GetInt32());
        site.Store.IsFull = false;
        Assert.Equal("only the last hit", (await site.SendAsync(HttpMethod.Post, one + "/restore")).Body.GetProperty("text").GetString());
    }

    [Fact]
    public async Task The_dialog_of_a_new_list_keeps_its_name_and_says_why()
    {
        await using var page = new OpenPage(site, "Ann");
        site.Store.IsFull = true;
        page.Open(dialogs => FeatureListDialog.AskAsync(dialogs, DemoFeatures.Set.SaeHash, [4, 2], []));
        await page.Dialogs.WaitForElement("#list-name").InputAsync("drums");
        await page.Dialogs.Find("#list-form").SubmitAsync();
        page.Dialogs.WaitForAssertion(() => Assert.Equal(CountingStore.Full, page.Dialogs.Find("[role=alert]").TextContent));
        Assert.Equal("drums", page.Dialogs.Find("#list-name").GetAttribute("value"));
        Assert.Empty(Lists(page));
        site.Store.IsFull = false;
        await page.Dialogs.Find("#list-form").SubmitAsync();
        page.Dialogs.WaitForAssertion(() => Assert.Empty(page.Dialogs.FindAll("#list-form")));
        Assert.Equal([2, 4], Assert.Single(Lists(page)).Features);
    }

    [Fact]
    public async Task Features_that_could_not_be_added_to_a_list_leave_its_dialog_open()
    {
        await using var page = new OpenPage(site, "Ann");
        var (id, _) = await page.Actions.MakeAsync("drums", DemoFeatures.Set.SaeHash, [1], shared: false);
        site.Store.IsFull = true;
        page.Open(dialogs => FeatureListDialog.AskAsync(dialogs, DemoFeatures.Set.SaeHash, [4, 2], Lists(page)));
        page.Dialogs.WaitForElement("#list-form");
        await page.Dialogs.Find("#list-form").SubmitAsync();
        page.Dialogs.WaitForAssertion(() => Assert.Equal(CountingStore.Full, page.Dialogs.Find("[role=alert]").TextContent));
        Assert.Equal(id, page.Dialogs.Find("#list-choice").GetAttribute("value"));
        Assert.Equal([1], Assert.Single(Lists(page)).Features);
        site.Store.IsFull = false;
        await page.Dialogs.Find("#list-form").SubmitAsync();
        page.Dialogs.WaitForAssertion(() => Assert.Empty(page.Dialogs.FindAll("#list-form")));
        Assert.Equal([1, 2, 4], Assert.Single(Lists(page)).Features);
    }

    [Fact]
    public async Task What_else_is_done_to_a_list_changes_nothing_and_is_said()
    {
        await using var page = new OpenPage(site, "Ann");
        await page.Actions.MakeAsync("drums", DemoFeatures.Set.SaeHash, [1, 2], shared: false);
        var list = Assert.Single(Lists(page));
        site.Store.IsFull = true;
        var said = page.Notices.Count(notice => notice == CountingStore.Full);
        Assert.Equal(CountingStore.Full, await page.Actions.RenameAsync(list, "bells"));
        Assert.False(await page.Actions.DeleteAsync(list));
        await page.Actions.ShareAsync(list, true);
        await page.Actions.RemoveAsync(list, [1]);
        // A notice that is shown already is not shown twice.
        Assert.True(page.Notices.Count(notice => notice == CountingStore.Full) > said);
        Assert.Equal(("drums", false, 2), Assert.Single(Lists(page)) is var left ? (left.Name, left.Shared, left.Features.Count) : default);
    }

    [Fact]
    public async Task The_dialog_of_a_view_keeps_its_name_and_says_why()
    {
        await using var page = new OpenPage(site, "Ann");
        site.Store.IsFull = true;
        page.Open(dialogs => SaveViewDialog.AskAsync(dialogs, FeatureQuery.OfText("q=taiko&sort=density"), DemoFeatures.Set.SaeHash));
        await page.Dialogs.WaitForElement("#view-name").InputAsync("big drums");
        await page.Dialogs.Find("#view-form").SubmitAsync();
        page.Dialogs.WaitForAssertion(() => Assert.Equal(CountingStore.Full, page.Dialogs.Find("[role=alert]").TextContent));
        Assert.Equal("big drums", page.Dialogs.Find("#view-name").GetAttribute("value"));
        Assert.Empty(site.Get<FeatureLists>().ViewsOf(DemoFeatures.Set.SaeHash, page.Person));
        site.Store.IsFull = false;
        await page.Dialogs.Find("#view-form").SubmitAsync();
        page.Dialogs.WaitForAssertion(() => Assert.Empty(page.Dialogs.FindAll("#view-form")));
        var view = Assert.Single(site.Get<FeatureLists>().ViewsOf(DemoFeatures.Set.SaeHash, page.Person));
        Assert.Equal(("big drums", "q=taiko&sort=density"), (view.Name, view.Query));
        site.Store.IsFull = true;
        Assert.Equal(CountingStore.Full, await page.Actions.RenameAsync(view, "small drums"));
        await page.Actions.DeleteAsync(view);
        Assert.Equal("big drums", Assert.Single(site.Get<FeatureLists>().ViewsOf(DemoFeatures.Set.SaeHash, page.Person)).Name);
    }

    [Fact]
    public async Task The_last_SAE_is_remembered_at_once_and_saved_when_there_is_room()
    {
        var ann = new Actor("Ann", "Ann");
        site.Store.IsFull = true;
        await using (var drafts = new Drafts(new DraftRepository(site.Database), site.Store, TimeProvider.System))
        {
            new LastSae(drafts).Set("mine", ann);
            Assert.Equal("mine", new LastSae(drafts).Get(ann));
            Assert.False(drafts.SaveNow());
            site.Store.IsFull = false;
            Assert.True(drafts.SaveNow());
        }
        await using var later = new Drafts(new DraftRepository(site.Database), site.Store, TimeProvider.System);
        Assert.Equal("mine", new LastSae(later).Get(ann));
        Assert.Null(new LastSae(later).Get(new Actor("Bob", "Bob")));
    }

    /// <summary>On a full disk a take may have no folder: only the worker says what became of it.</summary>
    [Fact]
    public async Task A_take_that_never_got_a_folder_is_not_said_to_have_been_deleted()
    {
        await using var host = await SoundsHost.StartAsync();
        host.Worker.Ended = new TakeProgress(TakeState.Failed, null, 0, 0, "The take could not be written: the disk is full. Make room there and try again.");
        var state = await host.Get<SoundReadings>().WaitAsync("demo", new TakeSource(Ids.New("take"), TakeArms.Baseline), Stop);
        Assert.Equal((ReadingStage.Failed, host.Worker.Ended.Error), (state!.Stage, state.Problem));
        // One that the worker does not know either has gone.
        host.Worker.Ended = null;
        Assert.Equal(ReadingStage.Gone, (await host.Get<SoundReadings>().WaitAsync("demo", new TakeSource(Ids.New("take"), TakeArms.Baseline), Stop))!.Stage);
    }

    private IReadOnlyList<FeatureListRow> Lists(OpenPage page) => site.Get<FeatureLists>().Of(DemoFeatures.Set.SaeHash, page.Person);
}
