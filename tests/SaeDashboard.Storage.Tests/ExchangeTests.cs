using System.Text;
using SaeDashboard.Core;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Labels, ratings and presets go to another machine and come back.</summary>
public sealed class ExchangeTests
{
    private const string Header = """{"export":1,"site":"00000000","at":"2026-11-23T10:15:02.123Z"}""";

    private static readonly string Hash = new('a', 64);

    /// <summary>A file of these lines, its header before them.</summary>
    internal static byte[] File(params string[] lines) => Encoding.UTF8.GetBytes(string.Join('\n', [Header, .. lines]));

    [Fact]
    public void What_one_folder_exports_another_has_after_an_import_and_a_second_one_changes_nothing()
    {
        using var from = Furnished();
        using var to = new TemporaryStore();
        var file = Export(from);
        Assert.Equal(new ImportResult(3, 2, 1, 0), new DataImport(to.Db).Read(file, "file", Bob) with { Features = [] });
        var label = new LabelRepository(to.Db).Current(Hash)[1337];
        Assert.Equal(("Drums", "Ada", 4.5, 2), (label.Text, label.Author, label.Stars, label.Ratings));
        var history = new LabelRepository(to.Db).History(Taiko);
        Assert.Equal(["Drums", "Taiko", "Drums"], history.Select(revision => revision.Text));
        Assert.Equal(history[2].Id, history[0].RestoredFrom);
        Assert.Equal("low ones", history[1].Note);
        var preset = Assert.Single(new PresetRepository(to.Db).List());
        Assert.Equal(("Renamed", ulong.MaxValue), (preset.Name, new PresetRepository(to.Db).Find(preset.Id)!.Preset.Seed));

        var (before, bytes) = (to.Everything(), new FileInfo(to.Journal).Length);
        Assert.Equal(new ImportResult(0, 0, 0, 4), new DataImport(to.Db).Read(file, "file", Bob) with { Features = [] });
        Assert.Equal((before, bytes), (to.Everything(), new FileInfo(to.Journal).Length));
        // And back: nothing is doubled where it came from.
        var back = from.Everything();
        Assert.Equal(4, new DataImport(from.Db).Read(Export(to), "back", Ada).Known);
        Assert.Equal(back, from.Everything());
    }

    [Fact]
    public void The_one_person_of_another_machine_is_not_the_one_here()
    {
        using var from = new TemporaryStore();
        using var to = new TemporaryStore();
        var (theirs, mine) = (new UserRepository(from.Db).Local("Grace"), new UserRepository(to.Db).Local("Ada"));
        new LabelRepository(from.Db).Add(Taiko, "theirs", null, theirs);
        new LabelRepository(to.Db).Add(new FeatureKey(Hash, 1), "mine", null, mine);
        new DataImport(to.Db).Read(Export(from), "file", mine);
        Assert.Equal(("Grace", "Ada"), (new LabelRepository(to.Db).Current(Hash)[1337].Author, new LabelRepository(to.Db).Current(Hash)[1].Author));
    }

    [Fact]
    public void A_label_that_is_newer_here_stays_the_label_and_a_newer_rating_wins()
    {
        using var from = new TemporaryStore();
        var theirs = new LabelRepository(from.Db).Add(Taiko, "theirs", null, Bob);
        new RatingRepository(from.Db).Set(theirs.Id, 2, Bob);
        var file = Export(from);
        using var to = new TemporaryStore();
        Thread.Sleep(5);
        new LabelRepository(to.Db).Add(Taiko, "mine", null, Ada);
        new DataImport(to.Db).Read(file, "file", Ada);
        Assert.Equal(["mine", "theirs"], new LabelRepository(to.Db).History(Taiko).Select(revision => revision.Text));
        new RatingRepository(from.Db).Set(theirs.Id, 5, Bob);
        Assert.Equal(1, new DataImport(to.Db).Read(Export(from), "file", Ada).Ratings);
        Assert.Equal(0, new DataImport(to.Db).Read(file, "older again", Ada).Ratings);
        Assert.Equal(5, new LabelRepository(to.Db).History(Taiko)[1].Stars);
    }

    [Fact]
    public void A_deleted_preset_does_not_come_back()
    {
        using var store = Furnished();
        var file = Export(store);
        var presets = new PresetRepository(store.Db);
        presets.Delete(presets.List()[0].Id, Ada);
        new DataImport(store.Db).Read(file, "file", Ada);
        Assert.Empty(presets.List());
    }

    [Theory]
    [InlineData("not JSON", "invalid")]
    [InlineData("[]", "Line 3: kind should be")]
    [InlineData("""{"kind":"\ud800"}""", "not valid Unicode")]
    [InlineData("""{"kind":"vote"}""", "Line 3: kind should be")]
    [InlineData("""{"kind":"label","sae":"abc","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "Line 3: sae should be a SHA-256")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":-1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "Line 3: feature is -1")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"yesterday"}""", "Line 3: “yesterday” is not a time")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "text")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":null,"by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "'text' must not be null")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"x","tetx":"y","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "unknown member 'tetx'")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"x","by":{"id":"","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "Line 3: by.id is empty")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":"1","text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "expected an integer. (at $.feature)")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"x","at":"2026-11-23T10:15:02.123Z"}""", "required and missing: 'by'")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"drum\u202Elap","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "turns the direction")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"x","by":{"id":"a","name":"A\u2066"},"at":"2026-11-23T10:15:02.123Z"}""", "turns the direction")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"x\u0007","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "control character")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","ratings":[{"by":{"id":"a","name":"A"},"stars":6,"at":"2026-11-23T10:15:02.123Z"}]}""", "6 stars")]
    [InlineData("""{"kind":"label","sae":"HASH","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","ratings":[null]}""", "rating is null")]
    [InlineData("""{"kind":"preset","id":"../x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","preset":{}}""", "Line 3: id is not")]
    [InlineData("""{"kind":"preset","id":"preset-20261123-101502-abcd","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","preset":{"name":"x"}}""", "schemaVersion")]
    public void A_wrong_line_is_named_by_its_number_and_nothing_is_imported(string line, string why)
    {
        using var store = new TemporaryStore();
        var before = (store.Everything(), new FileInfo(store.Journal).Length);
        var good = """{"kind":"label","sae":"HASH","feature":1,"text":"good","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""";
        var file = File([.. new[] { good, line, good }.Select(each => each.Replace("HASH", Hash, StringComparison.Ordinal))]);
        var error = Assert.Throws<UserException>(() => new DataImport(store.Db).Read(file, "labels.jsonl", Ada));
        Assert.StartsWith("labels.jsonl: nothing was imported, a line is wrong. Line 3: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SaeDashboard.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, (store.Everything(), new FileInfo(store.Journal).Length));
    }

    [Theory]
    [InlineData("""{"kind":"label"}""", "Line 1: it should be the first line")]
    [InlineData("""{"export":5,"site":"x","at":"2026-11-23T10:15:02.123Z"}""", "Line 1: the file has format 5")]
    [InlineData(Header, "holds no label, comment, list, view, queue, annotation, preset or take")]
    [InlineData("", "holds no label, comment, list, view, queue, annotation, preset or take")]
    public void A_file_of_another_kind_is_refused(string text, string why)
    {
        using var store = new TemporaryStore();
        Assert.Contains(why, Assert.Throws<UserException>(() => new DataImport(store.Db).Read(Encoding.UTF8.GetBytes(text), "x", Ada)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_LiteDB_could_not_hold_is_refused_and_nothing_of_it_is_kept()
    {
        using var store = new TemporaryStore();
        var note = new string('€', 9900);
        var lines = Enumerable.Range(0, 900).Select(i => $$"""{"kind":"label","sae":"{{Hash}}","feature":1,"text":"t{{i}}","note":"{{note}}","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.{{i:D3}}Z"}""").ToArray();
        Assert.Contains("MB is the most for one", Assert.Throws<UserException>(() => new DataImport(store.Db).Read(File(lines), "large", Ada)).Message, StringComparison.Ordinal);
        Assert.Empty(new LabelRepository(store.Db).History(new FeatureKey(Hash, 1)));
    }

    [Fact]
    public void Sizes_are_bounded_and_a_thousand_wrong_lines_are_a_short_message()
    {
        using var store = new TemporaryStore();
        var import = new DataImport(store.Db);
        Assert.Contains("at most", Assert.Throws<UserException>(() => import.Read(new byte[DataImport.MaxBytes + 1], "big", Ada)).Message, StringComparison.Ordinal);
        Assert.Contains("a line has at most", Assert.Throws<UserException>(() => import.Read(File(new string(' ', 3 << 20) + "x"), "long", Ada)).Message, StringComparison.Ordinal);
        var one = $$"""{"kind":"label","sae":"{{Hash}}","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""";
        Assert.Contains("more than 1000 revisions", Assert.Throws<UserException>(() => import.Read(File([.. Enumerable.Repeat(one, 1001)]), "many", Ada)).Message, StringComparison.Ordinal);
        var message = Assert.Throws<UserException>(() => import.Read(File([.. Enumerable.Repeat("x", 1000)]), "bad", Ada)).Message;
        Assert.Contains("1,000 lines are wrong", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 2000);
    }

    private static byte[] Export(TemporaryStore store)
    {
        var stream = new MemoryStream();
        new DataExport(store.Db).Write(stream, DateTimeOffset.UtcNow);
        return stream.ToArray();
    }

    private static TemporaryStore Furnished()
    {
        var store = new TemporaryStore();
        var labels = new LabelRepository(store.Db);
        var first = labels.Add(Taiko, "Drums", null, Ada);
        Thread.Sleep(2);
        labels.Add(Taiko, "Taiko", "low ones", Bob);
        Thread.Sleep(2);
        var last = labels.Restore(first.Id, Ada);
        new RatingRepository(store.Db).Set(last.Id, 4, Ada);
        new RatingRepository(store.Db).Set(last.Id, 5, Bob);
        var presets = new PresetRepository(store.Db);
        presets.Rename(presets.Add(Preset("Taiko"), Ada), "Renamed", Ada);
        return store;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_folder_that_may_only_be_read_is_exported(bool journalOnly)
    {
        using var store = new TemporaryStore();
        new LabelRepository(store.Db).Add(Taiko, "Taiko", "low", Ada);
        using var whole = new MemoryStream();
        new DataExport(store.Db).Write(whole, DateTimeOffset.UnixEpoch);
        store.Db.Dispose();
        if (journalOnly) System.IO.File.Delete(store.Index);
        var before = Directory.GetFileSystemEntries(store.Folder, "*", SearchOption.AllDirectories).Order().ToArray();
        Unprivileged.Run(store.Folder, () =>
        {
            Assert.Throws<UserException>(() => Database.Open(store.Folder));
            using var exported = new MemoryStream();
            DataExport.OfFolder(store.Folder, notice => Assert.Fail(notice)).Write(exported, DateTimeOffset.UnixEpoch);
            Assert.Equal(whole.ToArray(), exported.ToArray());
        });
        Assert.Equal(before, Directory.GetFileSystemEntries(store.Folder, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public void A_label_of_invisible_characters_is_imported_as_none()
    {
        using var store = new TemporaryStore();
        var line = """{"kind":"label","sae":"HASH","feature":1,"text":"\u200B","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""".Replace("HASH", Taiko.SaeHash, StringComparison.Ordinal);
        new DataImport(store.Db).Read(System.Text.Encoding.UTF8.GetBytes("""{"export":1,"site":"00000000","at":"2026-11-23T10:15:02.123Z"}""" + "\n" + line), "x.jsonl", Ada);
        Assert.Empty(new LabelRepository(store.Db).Current(Taiko.SaeHash));
    }
}
