using SaeDashboard.Core;
using SaeDashboard.Storage.Journals;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>What a start does to the folder it finds.</summary>
public sealed class OpeningTests
{
    [Fact]
    public void A_new_folder_gets_a_journal_and_LiteDB_and_a_clean_stop_leaves_no_log()
    {
        using var store = new TemporaryStore();
        new LabelRepository(store.Db).Add(Taiko, "Taiko", null, Ada);
        store.Restart();
        store.Db.Dispose();
        Assert.Equal(["dashboard.litedb", "dashboard.lock", "journal/00000001.jsonl"], Files(store));
        store.Restart();
        Assert.Empty(store.Db.Notices);
    }

    [Fact]
    public void An_earlier_versions_database_is_refused_by_name_with_the_way_out_and_left_alone()
    {
        using var store = new TemporaryStore(open: false);
        var old = Path.Combine(store.Folder, "dashboard.db");
        File.WriteAllText(old, "whatever it holds");
        var error = Assert.Throws<UserException>(() => Database.Open(store.Folder));
        Assert.All([old, "docs/upgrading.md", "--data"], word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        Assert.Equal("whatever it holds", File.ReadAllText(old));
        Assert.Equal(["dashboard.db"], Files(store));
    }

    [Fact]
    public void A_newer_journal_is_refused_and_left_as_it_is()
    {
        using var store = Closed();
        var newer = new JournalHeader(JournalHeader.Newest + 1, "0a0b0c0d", 2, Snapshot: false);
        Journal.Create(Path.Combine(store.Folder, "journal", "00000002.jsonl"), newer);
        Refused(store, "format 2");
    }

    [Fact]
    public void A_journal_with_documents_of_an_unknown_kind_is_refused_as_newer()
    {
        using var store = Closed();
        var lines = new System.Buffers.ArrayBufferWriter<byte>();
        JournalLine.Seal(lines, writer =>
        {
            using var entry = System.Text.Json.JsonDocument.Parse("""
                {"seq":2,"at":"2026-11-23T10:15:02.123Z","actor":{"userId":"a","name":"A"},"action":"vote","subject":"x","upserts":{"votes":[{"id":"1"}]}}
                """);
            foreach (var member in entry.RootElement.EnumerateObject()) member.WriteTo(writer);
        });
        File.AppendAllText(store.Journal, System.Text.Encoding.UTF8.GetString(lines.WrittenSpan));
        Refused(store, "“votes”");
    }

    [Fact]
    public void A_second_site_on_the_same_folder_is_refused()
    {
        using var store = new TemporaryStore();
        Assert.Contains("another SaeDashboard", Assert.Throws<UserException>(() => Database.Open(store.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_place_of_LiteDB_or_of_the_journal_is_refused_by_name()
    {
        using var store = new TemporaryStore(open: false);
        Directory.CreateDirectory(Path.Combine(store.Folder, "journal", "00000001.jsonl"));
        Assert.Contains("00000001.jsonl", Assert.Throws<UserException>(() => Database.Open(store.Folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my notes")]
    [InlineData("")]
    public void A_file_that_is_not_LiteDBs_is_left_alone_while_there_is_no_journal(string text)
    {
        using var store = new TemporaryStore(open: false);
        File.WriteAllText(store.Index, text);
        if (text.Length > 0) Refused(store, "there is no journal");
        else Database.Open(store.Folder).Dispose();
    }

    [Fact]
    public void A_copy_made_while_open_opens_as_a_data_folder()
    {
        using var store = Closed();
        store.Restart();
        var copy = Path.Combine(store.Folder, "copy");
        store.Db.Backup(copy);
        new LabelRepository(store.Db).Add(Taiko, "Later", null, Ada);
        using var kept = Database.Open(copy);
        Assert.Equal("Taiko", new LabelRepository(kept).Current(Taiko.SaeHash)[1337].Text);
        Assert.Contains("already", Assert.Throws<UserException>(() => store.Db.Backup(copy)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_the_right_to_write_one_message_names_the_folder_and_the_way_out(bool exists)
    {
        using var store = new TemporaryStore(open: exists);
        store.Db?.Dispose();
        var before = Files(store);
        var error = Assert.Throws<UserException>(() => Unprivileged.Run(store.Folder, () => Database.Open(store.Folder)));
        Assert.All([store.Folder, "right to", "--data"], word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        Assert.Equal(before, Files(store));
        Database.Open(store.Folder).Dispose();
    }

    [Fact]
    public void A_folder_that_becomes_read_only_fails_the_check_and_is_well_again_when_it_is_not()
    {
        using var store = Closed();
        store.Restart();
        store.Db.Check();
        var error = Assert.Throws<UserException>(() => Unprivileged.Run(Path.Combine(store.Folder, "journal"), store.Db.Check));
        Assert.Contains("may not write there", error.Message, StringComparison.Ordinal);
        store.Db.Check();
        Assert.Equal(["00000001.jsonl"], Directory.GetFileSystemEntries(Path.Combine(store.Folder, "journal")).Select(Path.GetFileName));
    }

    internal static string[] Files(TemporaryStore store) =>
        [.. Directory.EnumerateFiles(store.Folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(store.Folder, file)).Order(StringComparer.Ordinal)];

    /// <summary>A database with a label, closed.</summary>
    private static TemporaryStore Closed()
    {
        var store = new TemporaryStore();
        new LabelRepository(store.Db).Add(Taiko, "Taiko", null, Ada);
        store.Db.Dispose();
        return store;
    }

    private static void Refused(TemporaryStore store, string why)
    {
        var before = Contents(store);
        var error = Assert.Throws<UserException>(() => Database.Open(store.Folder));
        Assert.All([store.Folder, why, "left as it", "--data"], word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        Assert.Equal(before, Contents(store));
    }

    private static Dictionary<string, string> Contents(TemporaryStore store) => Files(store).Where(file => file != "dashboard.lock")
        .ToDictionary(file => file, file => Convert.ToHexString(File.ReadAllBytes(Path.Combine(store.Folder, file))));
}
