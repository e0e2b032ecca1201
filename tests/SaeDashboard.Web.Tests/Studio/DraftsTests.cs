using SaeDashboard.Storage;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>What people typed is not lost when it cannot be saved.</summary>
public sealed class DraftsTests : IAsyncLifetime
{
    private static readonly Actor Ann = new("ann", "Ann");

    private readonly TemporaryFolder folder = new();
    private readonly CountingStore store = new();
    private Database db = null!;
    private DraftRepository rows = null!;
    private Drafts drafts = null!;

    public ValueTask InitializeAsync()
    {
        db = Database.Open(folder.Path);
        rows = new DraftRepository(db);
        drafts = new Drafts(rows, store, TimeProvider.System);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await drafts.DisposeAsync();
        db.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_a_full_disk_refuses_is_kept_said_and_tried_again_by_itself()
    {
        store.IsFull = true;
        drafts.Set("studio", "one", Ann);
        await UntilAsync(() => drafts.Problem("studio", Ann) is not null);
        Assert.Equal(CountingStore.Full, drafts.Problem("studio", Ann));
        Assert.Equal("one", drafts.Get("studio", Ann));
        Assert.Null(rows.Get("studio", Ann));
        drafts.Set("studio", "two", Ann);
        store.IsFull = false;
        await UntilAsync(() => rows.Get("studio", Ann) is not null);
        Assert.Equal("two", rows.Get("studio", Ann));
        await UntilAsync(() => drafts.Problem("studio", Ann) is null);
    }

    [Fact]
    public async Task What_still_waits_is_saved_when_the_site_ends()
    {
        drafts.Set("studio", "one", Ann);
        drafts.Set("label", "typed", Ann);
        drafts.Set("label", null, Ann);
        await drafts.DisposeAsync();
        Assert.Equal("one", rows.Get("studio", Ann));
        Assert.Null(rows.Get("label", Ann));
    }

    [Fact]
    public void Trying_at_once_says_whether_all_is_saved_and_one_draft_does_not_hold_up_another()
    {
        store.IsFull = true;
        drafts.Set("studio", "one", Ann);
        drafts.Set("studio", "hers", new Actor("bea", "Bea"));
        Assert.False(drafts.SaveNow());
        store.IsFull = false;
        Assert.True(drafts.SaveNow());
        Assert.Equal(("one", "hers"), (rows.Get("studio", Ann), rows.Get("studio", new Actor("bea", "Bea"))));
    }

    private async Task UntilAsync(Func<bool> happened)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (!happened())
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not happen.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
