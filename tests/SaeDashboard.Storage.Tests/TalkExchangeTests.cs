using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>What people say of presets and takes goes to another data folder: stars, tags, comments, links, blind tests.</summary>
public sealed class TalkExchangeTests
{
    private const string Take = "take-20261130-101502-x7k2";
    private const string Seed = "0123456789abcdef";

    [Fact]
    public void Stars_tags_comments_links_and_blind_tests_are_there_after_an_import_and_a_second_one_changes_nothing()
    {
        using var from = new TemporaryStore();
        var (id, live, _) = Said(from);
        using var to = new TemporaryStore();
        var file = Export(from);
        var result = new DataImport(to.Db).Read(file, "file", Bob);
        // Two stars, two tags, two comments, a link; the take.
        Assert.Equal((1, 7, 1, 0), (result.Presets, result.PresetTalk, result.Takes, result.Known));

        var row = Assert.Single(new PresetRepository(to.Db).List());
        Assert.Equal((id, 4.5, 2, 2), (row.Id, row.MeanStars, row.Ratings, row.Comments));
        Assert.Equal(["drums", "loud"], row.Tags);
        var comments = new PresetTalkRepository(to.Db).Comments(id);
        Assert.Equal([("the whole, again", null, "Ada", 1), ("the hit", 1.5, "Bob", 1)], comments.Select(each => (each.Text, each.At, each.Author, each.Version)));
        Assert.NotNull(comments[0].EditedUtc);
        var link = Assert.Single(new PresetLinkRepository(to.Db).Of(id));
        Assert.Equal((live, "Ada", (DateTimeOffset?)null), (link.Word, link.Author, link.RevokedUtc));
        var take = new TakeRepository(to.Db).Find(Take)!;
        Assert.Equal(("Organ", true, 3.0, "Ada"), (take.Name, take.Starred, take.Rating.Mean, take.Owner));
        var test = Assert.Single(take.Blind);
        Assert.Equal(("A", "C", Seed, "ABABA", "Bob"), (test.ArmA, test.ArmB, test.Seed, test.Answers, test.Person));
        Assert.Equal(AbxTrials.Order(Seed, 5), test.Order);
        Assert.Equal(new TakeRepository(from.Db).Find(Take)!.Blind[0].Chance, test.Chance);

        var (before, bytes) = (to.Everything(), new FileInfo(to.Journal).Length);
        var again = new DataImport(to.Db).Read(file, "file", Bob);
        Assert.Equal((0, 0, 0), (again.Presets, again.PresetTalk, again.Takes));
        Assert.Equal((before, bytes), (to.Everything(), new FileInfo(to.Journal).Length));
        // And back: nothing is doubled where it came from, and the revoked link stays revoked.
        var back = from.Everything();
        new DataImport(from.Db).Read(Export(to), "back", Ada);
        Assert.Equal(back, from.Everything());
        to.Restart();
        Assert.Equal(before, to.Everything());
    }

    [Fact]
    public void What_is_newer_is_added_to_what_is_here()
    {
        using var from = new TemporaryStore();
        var (id, _, _) = Said(from);
        using var to = new TemporaryStore();
        new DataImport(to.Db).Read(Export(from), "file", Bob);
        var (there, here) = (new PresetTalkRepository(from.Db), new PresetTalkRepository(to.Db));
        here.Tag(id, ["mine"], ["loud"], Bob);
        here.DeleteComment(here.Comments(id)[1].Id, Bob);
        Thread.Sleep(2);
        there.Rate(id, 1, Bob);
        there.EditComment(there.Comments(id)[0].Id, "the whole, a third time", null, null, Ada);
        new TakeRepository(from.Db).AddAbx(Take, Test("abx-20261130-101502-bbbb", "BBBBB"), Ada);
        var result = new DataImport(to.Db).Read(Export(from), "newer", Bob);
        // A rating, a tag that was taken away here, an edit; and the take's second test.
        Assert.Equal((3, 1), (result.PresetTalk, result.Takes));
        var row = Assert.Single(new PresetRepository(to.Db).List());
        Assert.Equal(2.5, row.MeanStars);
        Assert.Equal(["drums", "mine", "loud"], row.Tags);
        Assert.Equal(("the whole, a third time", 2), (Assert.Single(here.Comments(id)).Text, here.Comments(id)[0].Version));
        Assert.Equal(["ABABA", "BBBBB"], new TakeRepository(to.Db).Find(Take)!.Blind.Select(test => test.Answers));
    }

    [Fact]
    public void Links_of_others_revoked_ones_and_what_is_about_an_unseen_preset_are_not_in_the_file()
    {
        using var store = new TemporaryStore();
        var (id, live, revoked) = Said(store);
        var presets = new PresetRepository(store.Db);
        var hidden = presets.Add(Preset("Hidden"), Ada, PresetVisibility.Private);
        new PresetTalkRepository(store.Db).Comment(hidden, "for me alone", null, Ada);
        var (mine, others) = (Text(Export(store, Ada)), Text(Export(store, Bob)));
        Assert.Contains(live, mine, StringComparison.Ordinal);
        Assert.Contains("for me alone", mine, StringComparison.Ordinal);
        Assert.DoesNotContain(live, others, StringComparison.Ordinal);
        Assert.DoesNotContain(hidden, others, StringComparison.Ordinal);
        Assert.DoesNotContain("for me alone", others, StringComparison.Ordinal);
        Assert.DoesNotContain(revoked, mine + others + Text(Export(store)), StringComparison.Ordinal);

        using var one = new MemoryStream();
        Assert.True(new DataExport(store.Db).WritePreset(one, DateTimeOffset.UtcNow, Bob, id));
        Assert.Equal(["preset", "marks", "presetComment", "presetComment"], Text(one.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('"')[3]));
        Assert.False(new DataExport(store.Db).WritePreset(new MemoryStream(), DateTimeOffset.UtcNow, Bob, hidden));
    }

    [Fact]
    public void A_file_opens_no_preset_of_another_person_and_revives_no_link()
    {
        using var store = new TemporaryStore();
        var presets = new PresetRepository(store.Db);
        var unlisted = presets.Add(Preset("Unlisted"), Ada, PresetVisibility.Unlisted);
        var links = new PresetLinkRepository(store.Db);
        var gone = links.Add(unlisted, Ada);
        links.Revoke(gone, Ada);
        string Link(string word) => $$"""{"kind":"link","word":"{{word}}","preset":"{{unlisted}}","by":{"id":"ada","name":"Ada"},"at":"2026-11-23T10:15:02.123Z"}""";
        var file = ExchangeTests.File(Link(new string('a', 32)), Link(gone));
        Assert.Equal((0, 2), Counts(new DataImport(store.Db).Read(file, "file", Bob)));
        Assert.Single(links.Of(unlisted));
        // Its author brings a link of their own; the revoked one stays so.
        Assert.Equal((1, 1), Counts(new DataImport(store.Db).Read(file, "file", Ada)));
        Assert.NotNull(links.Find(gone)!.RevokedUtc);

        static (int, int) Counts(ImportResult result) => (result.PresetTalk, result.Known);
    }

    [Fact]
    public void A_private_preset_of_another_data_folder_is_seen_after_the_import()
    {
        using var from = new TemporaryStore();
        var local = new UserRepository(from.Db).Local("Ada");
        new PresetRepository(from.Db).Add(Preset("Mine"), local, PresetVisibility.Private);
        using var to = new TemporaryStore();
        new DataImport(to.Db).Read(Export(from), "file", Bob);
        Assert.Equal(PresetVisibility.Public, Assert.Single(new PresetRepository(to.Db).List()).Visibility);
        var back = from.Everything();
        new DataImport(from.Db).Read(Export(to), "back", local);
        Assert.Equal(back, from.Everything());
    }

    [Theory]
    [InlineData("""{"kind":"marks","preset":"x"}""", "preset is not a preset's id")]
    [InlineData("""{"kind":"marks","preset":"ID","stars":[{"by":{"id":"a","name":"A"},"stars":6,"at":"2026-11-23T10:15:02.123Z"}]}""", "6 stars")]
    [InlineData("""{"kind":"marks","preset":"ID","tags":["a\u0007"]}""", "control character")]
    [InlineData("""{"kind":"marks","preset":"ID","tags":[null]}""", "a tag is empty")]
    [InlineData("""{"kind":"presetComment","id":"x","preset":"ID","text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "id is not a comment's id")]
    [InlineData("""{"kind":"presetComment","id":"comment-20261130-101502-x7k2","preset":"ID","text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","moment":-1}""", "The moment is -1 s")]
    [InlineData("""{"kind":"link","word":"../../etc","preset":"ID","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "word should have 32 characters")]
    [InlineData("""{"kind":"take","id":"../x","name":"n","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "id is not a take's id")]
    [InlineData("""{"kind":"take","id":"take-20261130-101502-x7k2","name":"n","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","blind":[{"id":"abx-20261130-101502-x7k2","by":{"id":"a","name":"A"},"a":"A","b":"A","seed":"s","answers":"AAAAA","at":"2026-11-23T10:15:02.123Z"}]}""", "of two arms")]
    [InlineData("""{"kind":"take","id":"take-20261130-101502-x7k2","name":"n","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","blind":[{"id":"abx-20261130-101502-x7k2","by":{"id":"a","name":"A"},"a":"A","b":"C","seed":"s","answers":"AAAX","at":"2026-11-23T10:15:02.123Z"}]}""", "5 to 50 letters")]
    public void A_wrong_line_is_named_and_nothing_is_imported(string line, string why)
    {
        using var store = new TemporaryStore();
        var before = store.Everything();
        var error = Assert.Throws<UserException>(() => new DataImport(store.Db).Read(ExchangeTests.File(line.Replace("\"ID\"", "\"preset-20261123-101502-abcd\"", StringComparison.Ordinal)), "file", Ada));
        Assert.Contains("Line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, store.Everything());
    }

    [Theory]
    [InlineData(300)]
    [InlineData(3000, Traits = ["Length", "Long"])]
    public void Altered_files_are_imported_or_refused_in_words_and_what_is_kept_survives_a_restart(int files)
    {
        using var from = new TemporaryStore();
        Said(from);
        var whole = Export(from);
        using var store = new TemporaryStore();
        var random = new Random(files);
        var (imported, refused) = (0, 0);
        for (var file = 0; file < files; file++)
        {
            var bytes = whole.ToList();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(bytes.Count - 1);
                switch (random.Next(5))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes.RemoveRange(at, Math.Min(bytes.Count - at - 1, random.Next(1, 40))); break;
                    case 2: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, random.Next(1, 200)))); break;
                    case 3: bytes[at] = (byte)('0' + random.Next(10)); break;
                    default: (bytes[at], bytes[at + 1]) = (bytes[at + 1], bytes[at]); break;
                }
            }
            var before = store.Everything();
            try
            {
                new DataImport(store.Db).Read(bytes.ToArray(), "altered", Bob);
                imported++;
            }
            catch (UserException error)
            {
                refused++;
                Assert.StartsWith("altered", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("System.", error.Message, StringComparison.Ordinal);
                Assert.Equal(before, store.Everything());
            }
        }
        Assert.True(imported > files / 50 && refused > files / 2, $"{imported} imported, {refused} refused");
        var after = store.Everything();
        store.Restart();
        Assert.Equal(after, store.Everything());
        Assert.All(new TakeRepository(store.Db).List(), take => Assert.All(take.Blind, test => Assert.InRange(test.Chance, 0, 1)));
    }

    private static (string Preset, string Live, string Revoked) Said(TemporaryStore store)
    {
        var id = new PresetRepository(store.Db).Add(Preset("Taiko"), Ada);
        var talk = new PresetTalkRepository(store.Db);
        talk.Rate(id, 4, Ada);
        talk.Rate(id, 5, Bob);
        talk.Tag(id, ["drums", "loud"], [], Bob);
        var whole = talk.Comment(id, "the whole", null, Ada);
        Thread.Sleep(2);
        talk.EditComment(whole.Id, "the whole, again", null, null, Ada);
        talk.Comment(id, "the hit", 1.5, Bob);
        talk.DeleteComment(talk.Comment(id, "deleted", null, Bob).Id, Bob);
        var links = new PresetLinkRepository(store.Db);
        var (live, revoked) = (links.Add(id, Ada), links.Add(id, Ada));
        links.Revoke(revoked, Ada);
        var takes = new TakeRepository(store.Db);
        takes.Ensure(Take, "Organ", Ada);
        takes.Star(Take, true, Ada);
        takes.Rate(Take, 3, Bob);
        takes.AddAbx(Take, Test("abx-20261130-101502-aaaa", "ABABA"), Bob);
        return (id, live, revoked);
    }

    private static AbxRow Test(string id, string answers) => new(id, "", "", "A", "C", Seed, AbxTrials.Order(Seed, answers.Length), answers, default);

    private static byte[] Export(TemporaryStore store, Actor? reader = null)
    {
        var stream = new MemoryStream();
        new DataExport(store.Db).Write(stream, DateTimeOffset.UtcNow, reader);
        return stream.ToArray();
    }

    private static string Text(byte[] file) => Encoding.UTF8.GetString(file);
}
