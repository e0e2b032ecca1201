using Microsoft.AspNetCore.Components.Authorization;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Studio;

public sealed class StudioStateTests : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly CountingStore store = new();
    private readonly Database db;
    private readonly Drafts drafts;

    public StudioStateTests()
    {
        db = Database.Open(folder.Path);
        drafts = new Drafts(new DraftRepository(db), store, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await drafts.DisposeAsync();
        db.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_a_person_set_up_is_there_again_and_is_theirs()
    {
        using (var state = await OpenAsync("ada"))
        {
            state.Add("demo", 1337);
            state.Change(new StripKey(null, 1337), strip => Rack.Set(strip, -2.5));
            state.Change(draft => draft with { Prompt = "slow cello", Seed = ulong.MaxValue, SeedLocked = true });
        }
        using var again = await OpenAsync("ada");
        Assert.Equal(("slow cello", ulong.MaxValue, true), (again.Draft.Prompt, again.Draft.Seed, again.Draft.SeedLocked));
        Assert.Equal([new RackStrip(1337, -2.5)], again.Draft.Rack);
        Assert.True(again.P99(null, 1337) > 0);
        using var other = await OpenAsync("grace");
        Assert.Empty(other.Draft.Rack);
    }

    [Fact]
    public async Task Two_windows_of_a_person_show_one_set_up_and_neither_replaces_the_others_work()
    {
        using var one = await OpenAsync("ada");
        using var two = await OpenAsync("ada");
        using var other = await OpenAsync("grace");
        two.ChangedElsewhere += two.Reload;
        one.ChangedElsewhere += () => Assert.Fail("Its own change came back to a window.");
        other.ChangedElsewhere += () => Assert.Fail("Another person's change came.");
        one.Add("demo", 1337);
        one.Change(draft => draft with { Prompt = "slow cello" });
        Assert.Equal([new RackStrip(1337, Rack.FirstStrength)], two.Draft.Rack);
        Assert.Equal("slow cello", two.Draft.Prompt);
    }

    [Fact]
    public async Task The_later_change_of_two_windows_keeps_what_the_earlier_one_added()
    {
        using var one = await OpenAsync("ada");
        using var two = await OpenAsync("ada");
        one.ChangedElsewhere += one.Reload;
        two.ChangedElsewhere += two.Reload;
        one.Add("demo", 1337);
        two.Add("demo", 448);
        using var again = await OpenAsync("ada");
        Assert.Equal([1337, 448], again.Draft.Rack.Select(strip => strip.Feature).Order().Reverse());
        Assert.Equal(again.Draft.Rack, one.Draft.Rack);
    }

    [Fact]
    public async Task A_change_is_kept_a_moment_later_without_leaving()
    {
        using var state = await OpenAsync("ada");
        state.Change(draft => draft with { Prompt = "one" });
        state.Change(draft => draft with { Prompt = "two" });
        var drafts = new DraftRepository(db);
        var deadline = DateTime.UtcNow.AddSeconds(10);
        while (drafts.Get("studio", new Actor("ada", "ada"))?.Contains("two", StringComparison.Ordinal) != true)
        {
            Assert.True(DateTime.UtcNow < deadline, "The draft was not kept.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Ctrl_Z_undoes_the_last_knob_and_leaves_the_rest()
    {
        using var state = await OpenAsync("ada");
        state.Add("demo", 1337);
        state.Add("demo", 448);
        // One drag of a fader is one change.
        foreach (var strength in new[] { 2.9, 2, -1.5 }) state.Change(new StripKey(null, 1337), strip => Rack.Set(strip, strength), "the strength of #1337");
        state.Change(new StripKey(null, 448), strip => strip with { Muted = true }, "mute of #448");
        // What Ctrl+Z does not undo, as a seed that was drawn, stays.
        state.Change(draft => draft with { Seed = 99 });
        Assert.Equal("mute of #448", state.Undo());
        Assert.Equal([new RackStrip(1337, -1.5), new RackStrip(448, 3)], state.Draft.Rack);
        Assert.Equal("the strength of #1337", state.Undo());
        Assert.Equal([new RackStrip(1337, 3), new RackStrip(448, 3)], state.Draft.Rack);
        Assert.Equal((99ul, 2), (state.Draft.Seed, state.Undone));
        state.Undo();
        state.Undo();
        Assert.Null(state.Undo());
        Assert.Empty(state.Draft.Rack);
    }

    [Fact]
    public async Task On_a_full_disk_the_page_says_so_the_set_up_stays_and_it_is_saved_once_there_is_room()
    {
        using var state = await OpenAsync("ada");
        var raised = new TaskCompletionSource();
        state.SavedChanged += () => raised.TrySetResult();
        store.IsFull = true;
        state.Change(draft => draft with { Prompt = "a year of listening" });
        await raised.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(CountingStore.Full, state.Problem);
        // A reload finds it, and says again that it is not saved.
        using (var again = await OpenAsync("ada")) Assert.Equal(("a year of listening", CountingStore.Full), (again.Draft.Prompt, again.Problem));
        store.IsFull = false;
        await state.SaveNowAsync();
        Assert.Null(state.Problem);
        Assert.Contains("a year of listening", new DraftRepository(db).Get("studio", new Actor("ada", "ada")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_draft_that_cannot_be_read_starts_empty()
    {
        new DraftRepository(db).Set("studio", """{"rack": 5}""", new Actor("ada", "ada"));
        using var state = await OpenAsync("ada");
        Assert.Empty(state.Draft.Rack);
    }

    [Fact]
    public async Task A_feature_that_is_not_there_is_said()
    {
        using var state = await OpenAsync("ada");
        Assert.Throws<UserException>(() => state.Add("other", 1));
        Assert.Throws<UserException>(() => state.Add("demo", 1_000_000));
        Assert.Empty(state.Draft.Rack);
    }

    private async Task<StudioState> OpenAsync(string person)
    {
        var catalog = new FakeCatalog();
        var features = new FeatureCatalog(catalog, new ClipLibrary(catalog, new FakeDecoder(folder.Path), new WavCache(folder["clips"], 1 << 20)), new FeatureLabels(new LabelRepository(db), new RatingRepository(db), store));
        var state = new StudioState(drafts, new ActorAccessor(new Door(person), new PeopleHere(new UserRepository(db))), catalog, features);
        await state.OpenAsync();
        return state;
    }

    private sealed class Door(string person) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(new Actor(person, person))));
    }
}
