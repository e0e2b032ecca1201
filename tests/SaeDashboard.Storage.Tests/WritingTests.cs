using System.Reflection;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Every write is whole, has an actor and is one line of the journal; one that fails leaves nothing.</summary>
public sealed class WritingTests
{
    private static readonly string PresetId = Ids.Shipped("preset", "test");

    /// <summary>Every write of every repository, by its method's name. The test below fails for one that is not here.</summary>
    private static readonly Dictionary<string, Action<Database>> Writes = new()
    {
        ["LabelRepository.Add"] = db => new LabelRepository(db).Add(Taiko, "Taiko, new", "why", Ada),
        ["LabelRepository.Restore"] = db => new LabelRepository(db).Restore(1, Ada),
        ["RatingRepository.Set"] = db => new RatingRepository(db).Set(1, 4, Bob),
        ["RatingRepository.Clear"] = db => new RatingRepository(db).Clear(1, Ada),
        ["PresetRepository.Add"] = db => new PresetRepository(db).Add(Preset("New"), Ada),
        ["PresetRepository.AddShipped"] = db => new PresetRepository(db).AddShipped(Ids.Shipped("preset", "other"), Preset("Shipped"), Ada),
        ["PresetRepository.Rename"] = db => new PresetRepository(db).Rename(PresetId, "Renamed", Ada),
        ["PresetRepository.Delete"] = db => new PresetRepository(db).Delete(PresetId, Ada),
        ["PresetRepository.Restore"] = db => new PresetRepository(db).Restore(PresetId, Ada),
        ["PresetRepository.Revise"] = db => new PresetRepository(db).Revise(PresetId, Preset("Old") with { Guidance = 4 }, "louder", 3, Ada),
        ["PresetRepository.RestoreRevision"] = db => new PresetRepository(db).RestoreRevision(PresetId, 1, Ada),
        ["PresetRepository.SetVisibility"] = db => new PresetRepository(db).SetVisibility(PresetId, PresetVisibility.Private, Ada),
        ["PresetTalkRepository.Rate"] = db => new PresetTalkRepository(db).Rate(PresetId, 4, Ada),
        ["PresetTalkRepository.Tag"] = db => new PresetTalkRepository(db).Tag(PresetId, ["drums"], ["old"], Ada),
        ["PresetTalkRepository.Comment"] = db => new PresetTalkRepository(db).Comment(PresetId, "the second hit", 1.5, Ada),
        ["PresetTalkRepository.EditComment"] = db => new PresetTalkRepository(db).EditComment(PresetCommentOf(db), "the third hit", null, 1, Ada),
        ["PresetTalkRepository.DeleteComment"] = db => new PresetTalkRepository(db).DeleteComment(PresetCommentOf(db), Ada),
        ["PresetTalkRepository.RestoreComment"] = db => new PresetTalkRepository(db).RestoreComment(PresetCommentOf(db), Ada),
        ["PresetLinkRepository.Add"] = db => new PresetLinkRepository(db).Add(PresetId, Ada),
        ["PresetLinkRepository.Revoke"] = db => new PresetLinkRepository(db).Revoke(new PresetLinkRepository(db).Of(PresetId)[0].Word, Ada),
        ["TakeRepository.Ensure"] = db => new TakeRepository(db).Ensure("take-new", "New", Ada),
        ["TakeRepository.Rename"] = db => new TakeRepository(db).Rename("take-1", "Renamed", Ada),
        ["TakeRepository.Rate"] = db => new TakeRepository(db).Rate("take-1", 5, Ada),
        ["TakeRepository.AddAbx"] = db => new TakeRepository(db).AddAbx("take-1", new AbxRow("abx-1", "", "", "A", "C", "s", AbxTrials.Order("s", 5), "ABABA", default), Ada),
        ["TakeRepository.Star"] = db => new TakeRepository(db).Star("take-1", true, Ada),
        ["TakeRepository.Move"] = db => new TakeRepository(db).Move("take-1", 7, Ada),
        ["TakeRepository.Delete"] = db => new TakeRepository(db).Delete("take-1", Ada),
        ["TakeRepository.Restore"] = db => new TakeRepository(db).Restore("take-1", Ada),
        ["RunRepository.Ensure"] = db => new RunRepository(db).Ensure("run-new", "New", Ada),
        ["RunRepository.Rename"] = db => new RunRepository(db).Rename("run-1", "Renamed", Ada),
        ["RunRepository.Tag"] = db => new RunRepository(db).Tag("run-1", ["paper"], [], 20, Ada),
        ["RunRepository.SetNote"] = db => new RunRepository(db).SetNote("run-1", "loud clips only", Ada),
        ["RunRepository.Delete"] = db => new RunRepository(db).Delete("run-1", Ada),
        ["RunRepository.Restore"] = db => new RunRepository(db).Restore("run-1", Ada),
        ["JobRepository.Queue"] = db => new JobRepository(db).Queue("run-1", JobKind.Start, "cpu", Ada),
        ["JobRepository.Started"] = db => new JobRepository(db).Started(1, Ada),
        ["JobRepository.Ended"] = db => new JobRepository(db).Ended(1, RunState.Done, null, Ada),
        ["DraftRepository.Set"] = db => new DraftRepository(db).Set("runs", "{}", Ada),
        ["DraftRepository.Clear"] = db => new DraftRepository(db).Clear("studio", Ada),
        ["LocationRepository.Ensure"] = db => new LocationRepository(db).Ensure("/new", "model", false, Ada),
        ["LocationRepository.Remove"] = db => new LocationRepository(db).Remove("/old", Ada),
        ["FeatureListRepository.Add"] = db => new FeatureListRepository(db).Add("Winds", Taiko.SaeHash, [3, 1], false, Ada),
        ["FeatureListRepository.Change"] = db => new FeatureListRepository(db).Change(ListOf(db), [5], [1337], Bob),
        ["FeatureListRepository.Rename"] = db => new FeatureListRepository(db).Rename(ListOf(db), "Low drums", Ada),
        ["FeatureListRepository.Share"] = db => new FeatureListRepository(db).Share(ListOf(db), false, Ada),
        ["FeatureListRepository.Delete"] = db => new FeatureListRepository(db).Delete(ListOf(db), Ada),
        ["FeatureListRepository.Restore"] = db => new FeatureListRepository(db).Restore(ListOf(db), Ada),
        ["SavedViewRepository.Add"] = db => new SavedViewRepository(db).Add("Queue", "label=unlabelled", null, false, Ada),
        ["SavedViewRepository.Rename"] = db => new SavedViewRepository(db).Rename(ViewOf(db), "Dense ones", Ada),
        ["SavedViewRepository.Share"] = db => new SavedViewRepository(db).Share(ViewOf(db), false, Ada),
        ["SavedViewRepository.Delete"] = db => new SavedViewRepository(db).Delete(ViewOf(db), Ada),
        ["SavedViewRepository.Restore"] = db => new SavedViewRepository(db).Restore(ViewOf(db), Ada),
        ["UserRepository.Add"] = db => new UserRepository(db).Add("Grace", Ada),
        ["UserRepository.Rename"] = db => new UserRepository(db).Rename("ada", "Countess", Ada),
        ["AccountRepository.Add"] = db => new AccountRepository(db).Add(AccountSamples.Row("bob", "Bob", AccountRole.Viewer), new InviteRepository(db).List()[0].Id, Bob),
        ["AccountRepository.Change"] = db => new AccountRepository(db).Change(new AccountRepository(db).Find("ada")!, new AccountRepository(db).Find("ada")! with { PasswordHash = "other" }, null, Ada),
        ["SessionRepository.Begin"] = db => new SessionRepository(db).Begin(new AccountRepository(db).Find("ada")!, "Firefox/140.0 (Linux)", "10.0.0.7", Ada),
        ["SessionRepository.See"] = db => new SessionRepository(db).See(SessionOf(db), DateTimeOffset.UtcNow.AddHours(2), Ada),
        ["SessionRepository.End"] = db => new SessionRepository(db).End(SessionOf(db), Ada),
        ["InviteRepository.Add"] = db => new InviteRepository(db).Add(new string('e', 64), AccountRole.Researcher, "bob", TimeSpan.FromDays(7), Ada),
        ["InviteRepository.Revoke"] = db => new InviteRepository(db).Revoke(new InviteRepository(db).List()[0].Id, Ada),
        ["ApiKeyRepository.Add"] = db => new ApiKeyRepository(db).Add("key-2", "Notebook", new string('f', 64), Rights.Read | Rights.Annotate, TimeSpan.FromDays(30), Ada),
        ["ApiKeyRepository.Use"] = db => new ApiKeyRepository(db).Use("key-1", DateTimeOffset.UtcNow, Ada),
        ["ApiKeyRepository.Revoke"] = db => new ApiKeyRepository(db).Revoke("key-1", Ada),
        ["CommentRepository.Add"] = db => new CommentRepository(db).Add(Taiko, "only the last hit", new CommentAnchor(new string('d', 64), 12, 3.2, 5), Ada),
        ["CommentRepository.Edit"] = db => new CommentRepository(db).Edit(CommentOf(db).Id, "all hits", null, Ada),
        ["CommentRepository.Delete"] = db => new CommentRepository(db).Delete(CommentOf(db).Id, Ada),
        ["CommentRepository.Restore"] = db => new CommentRepository(db).Restore(Deleted(db), Ada),
        ["QueueRepository.Add"] = db => new QueueRepository(db).Add(QueueSamples.Queue(3, 4), Ada),
        ["QueueRepository.Change"] = db => new QueueRepository(db).Change(QueueOf(db).Id, queue => queue with { Overlap = 2 }, null, Ada),
        ["QueueRepository.Archive"] = db => new QueueRepository(db).Archive(QueueOf(db).Id, Ada),
        ["QueueRepository.Restore"] = db => new QueueRepository(db).Restore(QueueOf(db, archived: true).Id, Ada),
        ["AnnotationRepository.Put"] = db => new AnnotationRepository(db).Put(QueueSamples.Id(2), QueueSamples.Says(QueueOf(db), 8, AnnotationVerdict.Accept, "tom"), Ada),
        ["AnnotationRepository.Withdraw"] = db => new AnnotationRepository(db).Withdraw(QueueSamples.Id(1), Ada),
        ["DataImport.Read"] = db => new DataImport(db).Read(ExchangeTests.File("""{"kind":"label","sae":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","feature":2,"text":"Imported","by":{"id":"eve@00000000","name":"Eve"},"at":"2026-11-23T10:15:02.123Z"}"""), "file", Ada),
        ["AuditRepository.Write"] = db => new AuditRepository(db).Write(Ada, "run.cancel", "run-1", """{"why":"test"}"""),
    };

    public static TheoryData<string> WriteNames => [.. Writes.Keys];

    [Fact]
    public void Every_method_that_takes_an_actor_and_gives_nothing_to_read_is_tried_here()
    {
        var methods = typeof(Database).Assembly.GetExportedTypes().Where(type => type.Name.EndsWith("Repository", StringComparison.Ordinal) || type == typeof(DataImport))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Actor)))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct();
        string[] reads = ["LabelRepository.History", "LabelRepository.Find", "RatingRepository.Mine", "DraftRepository.Get",
            "PresetTalkRepository.StarsOf", "FeatureListRepository.Find", "FeatureListRepository.Visible", "SavedViewRepository.Visible", "AnnotationRepository.Next"];
        Assert.Equal(Writes.Keys.Order(), methods.Except(reads).Order());
    }

    [Theory]
    [MemberData(nameof(WriteNames))]
    public void Every_write_is_one_line_of_the_journal_with_its_actor_and_is_in_memory_journal_and_LiteDB_alike(string write)
    {
        using var store = Furnished();
        var before = File.ReadLines(store.Journal).Count();
        Writes[write](store.Db);
        var lines = File.ReadLines(store.Journal).Skip(before).ToArray();
        var entry = new AuditRepository(store.Db).Recent(1)[0];
        Assert.Contains($"\"action\":\"{entry.Action}\"", Assert.Single(lines), StringComparison.Ordinal);
        Assert.Contains(entry.UserId, new[] { "ada", "bob" });
        Assert.NotEmpty(entry.Subject);
        var everything = store.Everything();
        Assert.Equal(everything, store.InJournal());
        store.Db.Dispose();
        Assert.Equal(everything, store.InIndex());
        store.Restart();
        Assert.Equal(everything, store.Everything());
        Assert.Empty(store.Db.Notices);
    }

    [Theory]
    [MemberData(nameof(WriteNames))]
    public void A_write_that_the_disk_has_no_room_for_leaves_nothing_says_why_and_is_made_when_there_is_room(string write)
    {
        FailingFile file = null!;
        using var store = Furnish(new TemporaryStore(openFile: path => file = new FailingFile(path)));
        var (before, bytes) = (store.Everything(), new FileInfo(store.Journal).Length);
        foreach (var room in new[] { 0, 1, 100 })
        {
            file.Room = room;
            var error = Assert.Throws<UserException>(() => Writes[write](store.Db));
            Assert.Contains(store.Journal, error.Message, StringComparison.Ordinal);
            Assert.Contains("nothing of this change was kept: the disk is full", error.Message, StringComparison.Ordinal);
            Assert.Equal(before, store.Everything());
            Assert.Equal(bytes, new FileInfo(store.Journal).Length);
        }
        file.Room = null;
        Writes[write](store.Db);
        Assert.True(new FileInfo(store.Journal).Length > bytes);
        Assert.Equal(store.Everything(), store.InJournal());
    }

    [Fact]
    public void A_failed_fsync_is_a_failed_write_and_a_file_that_cannot_be_cut_off_takes_no_more_lines_until_it_can()
    {
        FailingFile file = null!;
        using var store = Furnish(new TemporaryStore(openFile: path => file = new FailingFile(path)));
        var labels = new LabelRepository(store.Db);
        file.SyncFails = true;
        Assert.Contains("disk reports an error", Assert.Throws<UserException>(() => labels.Add(Taiko, "one", null, Ada)).Message, StringComparison.Ordinal);
        (file.SyncFails, file.TruncateFails, file.Room) = (false, true, 50);
        Assert.Throws<UserException>(() => labels.Add(Taiko, "two", null, Ada));
        file.Room = null;
        Assert.Throws<UserException>(() => labels.Add(Taiko, "three", null, Ada));
        Assert.Equal("Taiko", labels.Current(Taiko.SaeHash)[1337].Text);
        file.TruncateFails = false;
        labels.Add(Taiko, "four", null, Ada);
        Assert.Equal(store.Everything(), store.InJournal());
        using var again = store.Killed();
        Assert.Equal(["four", "Taiko"], new LabelRepository(again.Db).History(Taiko).Select(revision => revision.Text));
        Assert.Empty(again.Db.Notices);
    }

    [Fact]
    public void When_LiteDB_fails_the_write_is_kept_the_page_says_so_and_the_next_start_catches_up()
    {
        using var store = Furnished();
        // A folder in the place of its log: LiteDB cannot make it, which is what a full disk does to it.
        store.Restart();
        Directory.CreateDirectory(store.Log);
        var labels = new LabelRepository(store.Db);
        labels.Add(Taiko, "Kept", null, Ada);
        Assert.Contains("at the next start", Assert.Single(store.Db.Notices), StringComparison.Ordinal);
        labels.Add(Taiko, "Kept too", null, Ada);
        Assert.Equal("Kept too", labels.Current(Taiko.SaeHash)[1337].Text);
        Assert.Equal(store.Everything(), store.InJournal());
        store.Db.Dispose();
        Directory.Delete(store.Log);
        store.Restart();
        Assert.Equal("Kept too", new LabelRepository(store.Db).Current(Taiko.SaeHash)[1337].Text);
        var everything = store.Everything();
        store.Db.Dispose();
        Assert.Equal(everything, store.InIndex());
    }

    [Fact]
    public void A_write_that_changes_nothing_adds_no_line()
    {
        using var store = Furnished();
        var before = new FileInfo(store.Journal).Length;
        new TakeRepository(store.Db).Ensure("take-1", "Again", Ada);
        new LabelRepository(store.Db).Add(Taiko, "Taiko", null, Bob);
        new DraftRepository(store.Db).Set("studio", "{}", Ada);
        new RatingRepository(store.Db).Clear(999, Ada);
        Assert.Equal(before, new FileInfo(store.Journal).Length);
    }

    [Fact]
    public async Task Writers_at_once_lose_nothing_share_fsyncs_and_each_sees_its_own_write()
    {
        using var store = new TemporaryStore();
        const int writers = 16, each = 25;
        var labels = new LabelRepository(store.Db);
        var jobs = new JobRepository(store.Db);
        var before = store.Db.Syncs;
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Factory.StartNew(() =>
        {
            var actor = new Actor($"person-{writer}", $"Person {writer}");
            for (var i = 0; i < each; i++)
            {
                labels.Add(new FeatureKey(Taiko.SaeHash, writer), $"label {i}", null, actor);
                Assert.Equal($"label {i}", labels.Current(Taiko.SaeHash)[writer].Text);
                jobs.Queue($"run-{writer}-{i}", JobKind.Start, "cpu", actor);
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(2 * writers * each, store.Db.LastSeq);
        Assert.True(store.Db.Syncs - before < store.Db.LastSeq, $"{store.Db.Syncs - before} fsyncs for {store.Db.LastSeq} writes");
        // Numbers that a write takes are its own, also among writes that go to the disk together.
        Assert.Equal(writers * each, jobs.Open().Select(job => job.Id).Distinct().Count());
        Assert.Equal(writers * each, store.Db.Tables.Labels.Values.SelectMany(label => label.Revisions).Select(revision => revision.Id).Distinct().Count());
        Assert.Equal(writers, new UserRepository(store.Db).List().Count);
        Assert.Equal(store.Everything(), store.InJournal());
    }

    [Fact]
    public async Task A_write_that_refuses_fails_alone_among_those_that_go_to_the_disk_with_it()
    {
        using var store = Furnished();
        using var inside = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var token = TestContext.Current.CancellationToken;
        var first = Task.Run(() => store.Db.Write(Ada, "test", "test", _ => { inside.Set(); go.Wait(token); }), token);
        inside.Wait(token);
        var takes = new TakeRepository(store.Db);
        var good = Enumerable.Range(0, 4).Select(i => Task.Run(() => takes.Ensure($"take-good-{i}", "Good", Ada), token)).ToArray();
        var bad = Task.Run(() => takes.Rename("take-9", "x", Ada), token);
        go.Set();
        await Task.WhenAll([first, .. good]);
        await Assert.ThrowsAsync<UserException>(() => bad);
        Assert.Equal(5, takes.List().Count);
    }

    [Fact]
    public void A_write_is_not_visible_before_it_is_on_the_disk()
    {
        using var store = Furnished();
        var takes = new TakeRepository(store.Db);
        store.Db.Write(Ada, "test", "test", scope =>
        {
            scope.Put(scope.Tables.Takes, scope.Find(scope.Tables.Takes, "take-1")! with { Name = "half" });
            Assert.Equal("Take", takes.Find("take-1")!.Name);
            Assert.Equal("Take", takes.List()[0].Name);
        });
        Assert.Equal("half", takes.Find("take-1")!.Name);
    }

    [Fact]
    public void A_write_inside_a_write_is_a_fault_that_is_named_not_a_deadlock()
    {
        using var store = Furnished();
        var error = Assert.Throws<InvalidOperationException>(() => store.Db.Write(Ada, "outer", "x", _ => new TakeRepository(store.Db).Star("take-1", true, Ada)));
        Assert.Contains("take.star", error.Message, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() =>
        {
            store.Db.Dispose();
            new TakeRepository(store.Db).Star("take-1", true, Ada);
        });
    }

    [Fact]
    public void Text_that_is_not_Unicode_and_times_are_in_memory_what_they_are_after_a_restart()
    {
        using var store = Furnished();
        new LabelRepository(store.Db).Add(Taiko, "half \ud83d", "“quotes” \\ \u202e \u0000", Ada);
        new TakeRepository(store.Db).Move("take-1", -0.0, Ada);
        new TakeRepository(store.Db).Move("take-1", 1e21, Ada);
        var everything = store.Everything();
        store.Restart();
        Assert.Equal("", string.Join(" ", store.Db.Notices));
        Assert.Equal(everything, store.Everything());
    }

    private static FeatureComment CommentOf(Database db) => new CommentRepository(db).Of(Taiko)[0];

    private static string Deleted(Database db) => db.Tables.Comments.Values.Single(comment => comment.DeletedUtc is not null).Id;

    private static TemporaryStore Furnished() => Furnish(new TemporaryStore());

    private static TemporaryStore Furnish(TemporaryStore store)
    {
        var label = new LabelRepository(store.Db).Add(Taiko, "Taiko", null, Bob);
        new RatingRepository(store.Db).Set(label.Id, 1, Ada);
        new PresetRepository(store.Db).AddShipped(PresetId, Preset("Old"), Bob);
        new PresetTalkRepository(store.Db).Comment(PresetId, "a hit", null, Ada);
        new PresetTalkRepository(store.Db).Tag(PresetId, ["old"], [], Bob);
        new PresetRepository(store.Db).Rename(PresetId, "Older", Bob);
        new PresetRepository(store.Db).Rename(PresetId, "Old", Bob);
        new PresetLinkRepository(store.Db).Add(PresetId, Ada);
        new TakeRepository(store.Db).Ensure("take-1", "Take", Ada);
        new RunRepository(store.Db).Ensure("run-1", "Run", Ada);
        new JobRepository(store.Db).Queue("run-1", JobKind.Start, "cpu", Ada);
        new DraftRepository(store.Db).Set("studio", "{}", Ada);
        new LocationRepository(store.Db).Ensure("/old", "sae", false, Ada);
        new FeatureListRepository(store.Db).Add("Drums", Taiko.SaeHash, [1337, 7], true, Ada);
        new SavedViewRepository(store.Db).Add("Dense", "sort=density", null, true, Ada);
        var comments = new CommentRepository(store.Db);
        comments.Delete(comments.Add(Taiko, "gone", null, Ada).Id, Ada);
        comments.Add(Taiko, "hits", null, Ada);
        var account = new AccountRepository(store.Db).Add(AccountSamples.Row("ada", "Ada", AccountRole.Admin), null, Ada);
        new SessionRepository(store.Db).Begin(account, null, null, Ada);
        new InviteRepository(store.Db).Add(new string('d', 64), AccountRole.Viewer, null, TimeSpan.FromDays(7), Ada);
        new ApiKeyRepository(store.Db).Add("key-1", "Script", new string('f', 64), Rights.Read, null, Ada);
        var queues = new QueueRepository(store.Db);
        queues.Archive(queues.Add(QueueSamples.Queue(1), Ada).Id, Ada);
        var queue = queues.Add(QueueSamples.Queue(7, 8), Ada);
        new AnnotationRepository(store.Db).Put(QueueSamples.Id(1), QueueSamples.Says(queue, 7, AnnotationVerdict.Edit, "rim"), Ada);
        return store;
    }

    private static string SessionOf(Database db) => new SessionRepository(db).Of(new AccountRepository(db).Find("ada")!, DateTimeOffset.UtcNow)[0].Id;

    private static QueueRow QueueOf(Database db, bool archived = false) => new QueueRepository(db).List().Single(queue => queue.ArchivedUtc is not null == archived);

    private static string PresetCommentOf(Database db) => new PresetTalkRepository(db).Comments(PresetId)[0].Id;

    private static string ListOf(Database db) => new FeatureListRepository(db).Visible(Taiko.SaeHash, Ada)[0].Id;

    private static string ViewOf(Database db) => new SavedViewRepository(db).Visible(Taiko.SaeHash, Ada)[0].Id;
}
