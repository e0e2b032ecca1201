using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage.Tables;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Presets, takes, runs, jobs, drafts and locations survive a restart as people left them.</summary>
public sealed class ThingTests : IDisposable
{
    private readonly TemporaryStore store = new();

    public void Dispose() => store.Dispose();

    [Fact]
    public void A_preset_comes_back_whole()
    {
        var id = new PresetRepository(store.Db).Add(Preset("Taiko"), Ada);
        Assert.True(Ids.IsValid("preset", id));
        store.Restart();
        var presets = new PresetRepository(store.Db);
        var preset = presets.Find(id)!;
        Assert.Equal((ulong.MaxValue, "Simple melody", "Ada", "AAABAAIAAwA="), (preset.Preset.Seed, preset.Preset.Prompt, preset.Author, preset.Preset.Arms["baseline"].Base64));
        var row = Assert.Single(presets.List());
        Assert.Equal(("Taiko", "Taiko up", 0.04, new string('d', 64)), (row.Name, row.Description, row.Seconds, row.CodecHash));
        Assert.Equal((1337, 2.5, "add"), (row.Steers[0].Feature, row.Steers[0].Strength, row.Steers[0].Mode));
    }

    [Fact]
    public void A_preset_is_renamed_deleted_and_restored()
    {
        var presets = new PresetRepository(store.Db);
        var id = presets.Add(Preset("Taiko"), Ada);
        presets.Rename(id, "Big drums", Bob);
        Assert.Equal("Big drums", presets.Find(id)!.Preset.Name);
        presets.Delete(id, Bob);
        Assert.Empty(presets.List());
        Assert.NotNull(presets.Find(id)!.DeletedUtc);
        Assert.Throws<UserException>(() => presets.Delete(id, Bob));
        presets.Restore(id, Bob);
        Assert.Equal("Big drums", Assert.Single(presets.List()).Name);
        Assert.Throws<UserException>(() => presets.Add(Preset(" "), Ada));
        Assert.Null(presets.Find("preset-unknown"));
    }

    [Fact]
    public void Takes_keep_name_stars_order_and_owner()
    {
        var takes = new TakeRepository(store.Db);
        takes.Ensure("take-1", "First", Ada);
        takes.Ensure("take-2", "Second", Bob);
        takes.Ensure("take-1", "Not again", Bob);
        Assert.Equal(["take-2", "take-1"], takes.List().Select(take => take.Id));
        takes.Move("take-1", takes.List()[0].Position - 1, Ada);
        takes.Rename("take-1", "Best", Bob);
        takes.Rate("take-1", 5, Ada);
        takes.Rate("take-1", 2, Bob);
        takes.Rate("take-1", 3, Bob);
        takes.Star("take-1", true, Ada);
        store.Restart();
        takes = new TakeRepository(store.Db);
        Assert.True(takes.List()[0] is { Id: "take-1", Name: "Best", Rating: { Mean: 4, Count: 2 }, Starred: true, Owner: "Ada" });
        Assert.Equal((5, 3, null), (takes.List()[0].Rating.By("ada"), takes.List()[0].Rating.By("bob"), takes.List()[0].Rating.By("cleo")));
        takes.Rate("take-1", null, Ada);
        Assert.Equal((3.0, 1), (takes.Find("take-1")!.Rating.Mean, takes.Find("take-1")!.Rating.Count));
        takes.Rate("take-1", null, Bob);
        Assert.Null(takes.Find("take-1")!.Rating.Mean);
        takes.Delete("take-1", Ada);
        Assert.Equal("take-2", Assert.Single(takes.List()).Id);
        takes.Restore("take-1", Ada);
        Assert.Equal(2, takes.List().Count);
        Assert.Throws<UserException>(() => takes.Rename("take-9", "x", Ada));
        Assert.Throws<UserException>(() => takes.Rate("take-1", 6, Ada));
    }

    [Fact]
    public void The_one_rating_of_an_earlier_journal_is_the_owner_s_and_others_come_beside_it()
    {
        store.Db.Write(Bob, "take.add", "take-3", scope => scope.Put(scope.Tables.Takes, new TakeDocument("take-3", "Old", false, 4, 0, "bob", scope.Now, null)));
        var takes = new TakeRepository(store.Db);
        Assert.Equal((4.0, 1, 4), (takes.Find("take-3")!.Rating.Mean, takes.Find("take-3")!.Rating.Count, takes.Find("take-3")!.Rating.By("bob")));
        takes.Rate("take-3", 2, Ada);
        store.Restart();
        takes = new TakeRepository(store.Db);
        Assert.Equal((3.0, 2, 4), (takes.Find("take-3")!.Rating.Mean, takes.Find("take-3")!.Rating.Count, takes.Find("take-3")!.Rating.By("bob")));
    }

    [Fact]
    public void A_blind_test_is_kept_with_the_take_and_once()
    {
        var takes = new TakeRepository(store.Db);
        takes.Ensure("take-4", "Heard", Ada);
        var order = AbxTrials.Order("seed", 6);
        var test = new AbxRow("abx-1", "", "", "C", "A", "seed", order, order[..5] + (order[5] == 'A' ? 'B' : 'A'), default);
        takes.AddAbx("take-4", test, Bob);
        takes.AddAbx("take-4", test, Bob);
        Assert.Contains("needs an answer", Assert.Throws<UserException>(() => takes.AddAbx("take-4", test with { Answers = "AB" }, Bob)).Message, StringComparison.Ordinal);
        Assert.Contains("not the one of its seed", Assert.Throws<UserException>(() => takes.AddAbx("take-4", test with { Seed = "another seed" }, Bob)).Message, StringComparison.Ordinal);
        store.Restart();
        var kept = Assert.Single(new TakeRepository(store.Db).Find("take-4")!.Blind);
        Assert.Equal(("bob", "Bob", "C", 5, 6, 7.0 / 64), (kept.UserId, kept.Person, kept.ArmA, kept.Right, kept.Trials, kept.Chance));
        Assert.NotEqual(default, kept.AtUtc);
    }

    [Fact]
    public void Runs_keep_name_and_owner()
    {
        var runs = new RunRepository(store.Db);
        runs.Ensure("run-1", "Wide", Ada);
        runs.Rename("run-1", "Wider", Bob);
        Assert.True(runs.Find("run-1") is { Name: "Wider", Owner: "Ada", DeletedUtc: null });
        runs.Delete("run-1", Bob);
        Assert.Empty(runs.All());
        runs.Restore("run-1", Bob);
        Assert.Single(runs.All());
    }

    [Fact]
    public void Runs_keep_their_tags_and_their_note()
    {
        var runs = new RunRepository(store.Db);
        runs.Ensure("run-1", "Wide", Ada);
        Assert.True(runs.Find("run-1") is { Tags: [], Note: "" });
        runs.Tag("run-1", ["paper", "drums"], [], 3, Ada);
        // The same tag in other letters, and one that is taken away while another is added.
        runs.Tag("run-1", ["Paper", "best"], ["DRUMS"], 3, Bob);
        runs.SetNote("run-1", "Too many dead latents.\nTry AuxK.", Bob);
        store.Restart();
        runs = new RunRepository(store.Db);
        Assert.Equal(["paper", "best"], runs.Find("run-1")!.Tags);
        Assert.Equal("Too many dead latents.\nTry AuxK.", runs.All()[0].Note);
        Assert.Contains("3 is the most", Assert.Throws<UserException>(() => runs.Tag("run-1", ["a", "b"], [], 3, Ada)).Message, StringComparison.Ordinal);
        runs.SetNote("run-1", "", Ada);
        runs.Tag("run-1", [], ["paper", "best"], 3, Ada);
        store.Restart();
        Assert.True(new RunRepository(store.Db).Find("run-1") is { Tags: [], Note: "", Name: "Wide" });
    }

    [Fact]
    public void Jobs_wait_in_their_order_and_end()
    {
        var jobs = new JobRepository(store.Db);
        var (first, second) = (jobs.Queue("run-1", JobKind.Start, "cpu", Ada), jobs.Queue("run-2", JobKind.Start, "cpu", Bob));
        jobs.Started(first, Ada);
        store.Restart();
        jobs = new JobRepository(store.Db);
        Assert.Equal([(RunState.Running, "Ada"), (RunState.Queued, "Bob")], jobs.Open().Select(job => (job.State, job.Owner)));
        jobs.Ended(first, RunState.Failed, "out of memory", Ada);
        Assert.Equal(second, Assert.Single(jobs.Open()).Id);
        Assert.True(jobs.Recent(2)[1] is { State: RunState.Failed, Message: "out of memory", EndedUtc: not null, StartedUtc: not null });
    }

    [Fact]
    public void Drafts_are_each_persons_own()
    {
        var drafts = new DraftRepository(store.Db);
        Assert.Null(drafts.Get("studio", Ada));
        drafts.Set("studio", """{"seed":1}""", Ada);
        drafts.Set("studio", """{"seed":2}""", Ada);
        drafts.Set("studio", """{"seed":3}""", Bob);
        store.Restart();
        drafts = new DraftRepository(store.Db);
        Assert.Equal("""{"seed":2}""", drafts.Get("studio", Ada));
        // A fader that is dragged does not fill the audit.
        Assert.Equal(2, new AuditRepository(store.Db).Recent(50).Count(entry => entry.Action == "draft.set"));
        drafts.Clear("studio", Ada);
        Assert.Null(drafts.Get("studio", Ada));
        Assert.NotNull(drafts.Get("studio", Bob));
    }

    [Fact]
    public void A_removed_location_does_not_come_back_by_itself()
    {
        var locations = new LocationRepository(store.Db);
        locations.Ensure("/demo/sae", "sae", true, Ada);
        locations.Ensure("/demo/sae", "sae", true, Ada);
        Assert.True(Assert.Single(locations.List()) is { Kind: "sae", Shipped: true, AddedBy: "Ada" });
        locations.Remove("/demo/sae", Ada);
        locations.Ensure("/demo/sae", "sae", true, Ada);
        Assert.Empty(locations.List());
    }
}
