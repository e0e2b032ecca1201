using SaeDashboard.Core;
using SaeDashboard.Storage.Journals;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>The journal's end after a kill, its damage, and what there is when it and LiteDB disagree.</summary>
public sealed class JournalTests
{
    [Fact]
    public void A_line_torn_at_any_byte_was_never_acknowledged_and_is_cut_off()
    {
        using var store = new TemporaryStore();
        var labels = new LabelRepository(store.Db);
        labels.Add(Taiko, "one", null, Ada);
        var (whole, before) = (File.ReadAllBytes(store.Journal), store.Everything());
        labels.Add(Taiko, "two", null, Ada);
        var longer = File.ReadAllBytes(store.Journal);
        store.Db.Dispose();
        for (var length = whole.Length + 1; length < longer.Length; length += 7)
        {
            // LiteDB knows the write that is torn here, so it goes: after a kill it never does.
            File.Delete(store.Index);
            File.WriteAllBytes(store.Journal, longer[..length]);
            store.Restart();
            Assert.Contains($"{length - whole.Length} bytes were cut off", store.Db.Notices[0], StringComparison.Ordinal);
            Assert.Equal(before, store.Everything());
            store.Db.Dispose();
            Assert.Equal(whole, File.ReadAllBytes(store.Journal));
        }
    }

    [Fact]
    public void A_torn_line_that_LiteDB_still_has_is_reported_once_kept_aside_and_nothing_is_lost()
    {
        using var store = new TemporaryStore();
        var labels = new LabelRepository(store.Db);
        labels.Add(Taiko, "one", null, Ada);
        var whole = File.ReadAllBytes(store.Journal);
        labels.Add(Taiko, "two", null, Ada);
        var (longer, everything, first) = (File.ReadAllBytes(store.Journal), store.Everything(), store.Journal);
        store.Db.Dispose();
        File.WriteAllBytes(first, longer[..^5]);

        store.Restart();
        Assert.Equal(everything, store.Everything());
        Assert.Contains(store.Db.Notices, notice => notice.Contains("cut off and are kept in", StringComparison.Ordinal));
        Assert.Contains(store.Db.Notices, notice => notice.Contains("LiteDB knew", StringComparison.Ordinal));
        store.Db.Dispose();
        Assert.Equal(whole, File.ReadAllBytes(first));
        Assert.Equal([.. longer[whole.Length..^5], (byte)'\n'], File.ReadAllBytes(Path.ChangeExtension(first, ".torn")));
        for (var start = 0; start < 2; start++)
        {
            store.Restart();
            Assert.Empty(store.Db.Notices);
            Assert.Equal(everything, store.Everything());
            store.Db.Dispose();
        }
        // LiteDB lost as well: the journal alone has everything.
        File.Delete(store.Index);
        store.Restart();
        Assert.Equal(everything, store.Everything());
    }

    [Fact]
    public void Every_flipped_bit_of_a_line_is_noticed_and_the_other_lines_count()
    {
        using var store = new TemporaryStore();
        var takes = new TakeRepository(store.Db);
        foreach (var name in new[] { "take-1", "take-2", "take-3" }) takes.Ensure(name, name, Ada);
        store.Db.Dispose();
        var good = File.ReadAllBytes(store.Journal);
        var starts = Enumerable.Range(0, good.Length).Where(at => at == 0 || good[at - 1] == '\n').ToArray();
        for (var at = starts[2]; at < starts[3] - 1; at += 5)
        {
            var bad = good.ToArray();
            bad[at] ^= 1;
            if (bad[at] == '\n') continue;
            File.WriteAllBytes(store.Journal, bad);
            File.Delete(store.Index);
            store.Restart();
            Assert.Contains("line 3 is damaged", store.Db.Notices[0], StringComparison.Ordinal);
            Assert.Equal(["take-3", "take-1"], new TakeRepository(store.Db).List().Select(take => take.Id));
            store.Db.Dispose();
            Assert.Equal(bad, File.ReadAllBytes(store.Journal));
        }
    }

    [Fact]
    public void A_damaged_header_and_a_block_of_zeros_cost_no_line_but_their_own()
    {
        using var store = new TemporaryStore();
        new TakeRepository(store.Db).Ensure("take-1", "One", Ada);
        store.Db.Dispose();
        var bytes = File.ReadAllBytes(store.Journal);
        bytes[3] = (byte)'x';
        File.WriteAllBytes(store.Journal, [.. bytes, .. new byte[3000], (byte)'\n']);
        store.Restart();
        new TakeRepository(store.Db).Ensure("take-2", "Two", Ada);
        Assert.Equal(2, store.Db.Notices.Count);
        store.Db.Dispose();
        File.Delete(store.Index);
        store.Restart();
        Assert.Equal(2, new TakeRepository(store.Db).List().Count);
    }

    [Fact]
    public void What_LiteDB_knows_beyond_a_lost_end_of_the_journal_is_written_to_a_new_file_of_it()
    {
        using var store = new TemporaryStore();
        new TakeRepository(store.Db).Ensure("take-1", "One", Ada);
        new DraftRepository(store.Db).Set("studio", "{}", Ada);
        var old = File.ReadAllBytes(store.Journal);
        new LabelRepository(store.Db).Add(Taiko, "Taiko", null, Ada);
        new DraftRepository(store.Db).Clear("studio", Ada);
        var everything = store.Everything();
        store.Db.Dispose();
        File.WriteAllBytes(store.Journal, old);
        store.Restart();
        Assert.Contains("nothing is lost", Assert.Single(store.Db.Notices), StringComparison.Ordinal);
        Assert.Equal(everything, store.Everything());
        Assert.Equal(everything, store.InJournal());
        new TakeRepository(store.Db).Ensure("take-2", "Two", Ada);
        // Made from the journal alone, too: the cleared draft does not come back.
        everything = store.Everything();
        store.Db.Dispose();
        File.Delete(store.Index);
        store.Restart();
        Assert.Equal(everything, store.Everything());
    }

    [Fact]
    public void A_journal_that_was_deleted_is_made_from_LiteDB()
    {
        using var store = new TemporaryStore();
        new LabelRepository(store.Db).Add(Taiko, "Taiko", null, Ada);
        var everything = store.Everything();
        store.Db.Dispose();
        Directory.Delete(Path.Combine(store.Folder, "journal"), recursive: true);
        store.Restart();
        Assert.Single(store.Db.Notices);
        Assert.Equal(everything, store.Everything());
        Assert.Equal(everything, store.InJournal());
        store.Restart();
        Assert.Empty(store.Db.Notices);
    }

    [Fact]
    public void LiteDB_older_than_a_snapshot_is_made_again()
    {
        using var store = new TemporaryStore();
        new TakeRepository(store.Db).Ensure("take-1", "One", Ada);
        store.Db.Dispose();
        var (index, journal) = (File.ReadAllBytes(store.Index), File.ReadAllBytes(store.Journal));
        store.Restart();
        new TakeRepository(store.Db).Ensure("take-2", "Two", Ada);
        var everything = store.Everything();
        store.Db.Dispose();
        File.WriteAllBytes(store.Journal, journal);
        store.Restart();
        store.Db.Dispose();
        File.WriteAllBytes(store.Index, index);
        store.Restart();
        Assert.Equal(everything, store.Everything());
        store.Db.Dispose();
        Assert.Equal(everything, store.InIndex());
    }

    [Fact]
    public void Lines_above_what_LiteDB_holds_are_applied()
    {
        using var store = new TemporaryStore();
        new TakeRepository(store.Db).Ensure("take-1", "One", Ada);
        store.Db.Dispose();
        var old = File.ReadAllBytes(store.Index);
        store.Restart();
        new TakeRepository(store.Db).Rename("take-1", "Uno", Ada);
        new JobRepository(store.Db).Queue("run-1", JobKind.Start, "cpu", Bob);
        var everything = store.Everything();
        store.Db.Dispose();
        File.WriteAllBytes(store.Index, old);
        store.Restart();
        Assert.Empty(store.Db.Notices);
        Assert.Equal(everything, store.Everything());
        Assert.Equal(2, new JobRepository(store.Db).Queue("run-2", JobKind.Start, "cpu", Bob));
        everything = store.Everything();
        store.Db.Dispose();
        Assert.Equal(everything, store.InIndex());
    }

    [Fact]
    public void The_last_audit_entries_are_there_after_a_restart()
    {
        using var store = new TemporaryStore();
        new TakeRepository(store.Db).Ensure("take-1", "One", Ada);
        new AuditRepository(store.Db).Write(Bob, "run.cancel", "run-1", """{"step":3}""");
        store.Restart();
        var entries = new AuditRepository(store.Db).Recent(10);
        Assert.Equal([("run.cancel", "Bob"), ("take.add", "Ada")], entries.Select(entry => (entry.Action, entry.User)));
        Assert.Equal("""{"step":3}""", entries[0].Detail);
        Assert.Single(new AuditRepository(store.Db).Recent(1));
    }

    [Fact]
    public void A_long_file_is_followed_by_another_at_the_next_start()
    {
        using var store = new TemporaryStore();
        var drafts = new DraftRepository(store.Db);
        // 66 MB in lines of 6 MB, the last one small.
        foreach (var letter in "abcdefghijk") drafts.Set("studio", new string(letter, 6 << 20), Ada);
        drafts.Set("studio", "{}", Ada);
        store.Restart();
        new TakeRepository(store.Db).Ensure("take-1", "One", Ada);
        Assert.EndsWith("00000002.jsonl", store.Journal, StringComparison.Ordinal);
        Assert.Equal(2, File.ReadLines(store.Journal).Count());
        var everything = store.Everything();
        store.Restart();
        Assert.Empty(store.Db.Notices);
        Assert.EndsWith("00000002.jsonl", store.Journal, StringComparison.Ordinal);
        Assert.Equal(everything, store.InJournal());
    }
}
