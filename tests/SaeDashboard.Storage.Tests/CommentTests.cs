using System.Text;
using SaeDashboard.Core;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Comments on a feature, on a clip and on a span of it.</summary>
public sealed class CommentTests : IDisposable
{
    private static readonly string Dataset = new('d', 64);
    private static readonly CommentAnchor Span = new(Dataset, 12, 3.2, 5);

    private readonly TemporaryStore store = new();

    private CommentRepository Comments => new(store.Db);

    public void Dispose() => store.Dispose();

    [Fact]
    public void A_comment_keeps_its_text_its_author_by_name_and_its_span_across_a_restart()
    {
        var first = Comments.Add(Taiko, " only the last hit\nnot the rim ", Span, Ada);
        Thread.Sleep(2);
        Comments.Add(Taiko, "the whole clip", new CommentAnchor(Dataset, 3), Bob);
        store.Restart();
        var all = Comments.Of(Taiko);
        Assert.Equal(["only the last hit\nnot the rim", "the whole clip"], all.Select(comment => comment.Text));
        Assert.Equal(("Ada", Span, 1, (DateTimeOffset?)null), (all[0].Author, all[0].Anchor, all[0].Version, all[0].EditedUtc));
        Assert.Equal(first, all[0]);
        new UserRepository(store.Db).Rename("ada", "Countess", Ada);
        Assert.Equal("Countess", Comments.Of(Taiko)[0].Author);
    }

    [Fact]
    public void Counts_follow_every_write()
    {
        var (key, other) = (Taiko, new FeatureKey(Taiko.SaeHash, 7));
        Assert.Empty(Comments.Counts(key.SaeHash));
        var gone = Comments.Add(key, "one", null, Ada);
        Comments.Add(key, "two", null, Bob);
        Comments.Add(other, "three", null, Bob);
        Comments.Add(new FeatureKey(new string('f', 64), 7), "of another SAE", null, Bob);
        var before = Comments.Counts(key.SaeHash);
        Assert.Equal((2, 1, 2), (before[1337], before[7], before.Count));
        Comments.Delete(gone.Id, Ada);
        Assert.Equal(1, Comments.Counts(key.SaeHash)[1337]);
        Assert.Equal(2, before[1337]);
        Comments.Restore(gone.Id, Ada);
        Assert.Equal(2, Comments.Counts(key.SaeHash)[1337]);
        Assert.Equal(["three", "one", "two"], Comments.OfSae(key.SaeHash).Select(comment => comment.Text));
        store.Restart();
        Assert.Equal(2, Comments.Counts(key.SaeHash)[1337]);
    }

    [Fact]
    public void An_edit_is_a_new_version_by_its_author_and_never_over_one_that_was_not_seen()
    {
        var comment = Comments.Add(Taiko, "hits", null, Ada);
        var edited = Comments.Edit(comment.Id, "hits, low ones", Span, Ada, 1);
        Assert.Equal((2, "hits, low ones", Span), (edited.Version, edited.Text, edited.Anchor));
        Assert.NotNull(edited.EditedUtc);
        Assert.Equal("hits, low ones", Assert.Throws<CommentConflictException>(() => Comments.Edit(comment.Id, "other", null, Ada, 1)).Current.Text);
        Assert.Contains("Ada wrote this comment", Assert.Throws<UserException>(() => Comments.Edit(comment.Id, "mine", null, Bob)).Message, StringComparison.Ordinal);
        // The same again changes nothing.
        Assert.Equal(2, Comments.Edit(comment.Id, "hits, low ones", Span, Ada, 2).Version);
        Assert.Contains("is deleted by its author", Assert.Throws<UserException>(() => Comments.Delete(comment.Id, Bob)).Message, StringComparison.Ordinal);
        Assert.Equal((true, false), (CommentRepository.MayDelete(edited, "ada"), CommentRepository.MayDelete(edited, "bob")));
        Comments.Delete(comment.Id, Ada);
        Assert.Contains("is brought back by its author", Assert.Throws<UserException>(() => Comments.Restore(comment.Id, Bob)).Message, StringComparison.Ordinal);
        Assert.Empty(Comments.Of(Taiko));
        Assert.Throws<UserException>(() => Comments.Edit(comment.Id, "gone", null, Ada));
        Assert.Throws<UserException>(() => Comments.Delete(comment.Id, Ada));
        Comments.Restore(comment.Id, Ada);
        Assert.Equal("hits, low ones", Assert.Single(Comments.Of(Taiko)).Text);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\u200b", "is empty")]
    [InlineData("drum\u202Elap", "turns the direction")]
    public void A_text_that_cannot_be_read_is_refused(string text, string why) =>
        Assert.Contains(why, Assert.Throws<UserException>(() => Comments.Add(Taiko, text, null, Ada)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(-1, null, null, "row is -1")]
    [InlineData(0, 1.0, null, "both from and to")]
    [InlineData(0, 5.0, 5.0, "the span is 5 to 5 s")]
    [InlineData(0, -0.5, 2.0, "the span is -0.5 to 2 s")]
    [InlineData(0, double.NaN, 2.0, "the span is NaN to 2 s")]
    [InlineData(0, 1.0, double.PositiveInfinity, "the span is 1 to Infinity s")]
    public void A_span_that_makes_no_sense_is_refused(int row, double? from, double? to, string why)
    {
        Assert.Contains(why, Assert.Throws<UserException>(() => Comments.Add(Taiko, "x", new CommentAnchor(Dataset, row, from, to), Ada)).Message, StringComparison.Ordinal);
        Assert.Contains("SHA-256", Assert.Throws<UserException>(() => Comments.Add(Taiko, "x", new CommentAnchor("abc", 0), Ada)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_are_bounded()
    {
        Assert.Contains("4,000 is the most", Assert.Throws<UserException>(() => Comments.Add(Taiko, new string('x', 4001), null, Ada)).Message, StringComparison.Ordinal);
        for (var i = 0; i < CommentRepository.MostPerFeature; i++) Comments.Add(Taiko, "x", null, Ada);
        Assert.Contains("the most there can be", Assert.Throws<UserException>(() => Comments.Add(Taiko, "x", null, Ada)).Message, StringComparison.Ordinal);
        Comments.Add(Taiko with { Feature = 1 }, "x", null, Ada);
    }

    [Fact]
    public void Comments_are_exchanged_once_with_their_edits_and_a_deleted_one_does_not_come_back()
    {
        var kept = Comments.Add(Taiko, "kept", Span, Ada);
        var gone = Comments.Add(Taiko, "gone", null, Bob);
        using var to = new TemporaryStore();
        var there = new CommentRepository(to.Db);
        var result = new DataImport(to.Db).Read(Export(store), "file", Bob);
        Assert.Equal((2, 0), (result.Comments, result.Known));
        Assert.Equal([Taiko], result.Commented);
        Assert.Equal(("kept", "Ada", Span), (there.Of(Taiko)[0].Text, there.Of(Taiko)[0].Author, there.Of(Taiko)[0].Anchor));
        Assert.Equal((0, 2), (new DataImport(to.Db).Read(Export(store), "again", Bob).Comments, 2));

        // Its author is of another folder, and not here to delete it.
        there.Delete(gone.Id, Bob);
        Thread.Sleep(2);
        Comments.Edit(kept.Id, "kept and edited", null, Ada);
        result = new DataImport(to.Db).Read(Export(store), "edited", Bob);
        Assert.Equal((1, 1), (result.Comments, result.Known));
        var only = Assert.Single(there.Of(Taiko));
        Assert.Equal(("kept and edited", null, 2), (only.Text, only.Anchor, only.Version));
        // And back: nothing is doubled, and the older text of a file does not replace the newer one.
        var everything = store.Everything();
        new DataImport(store.Db).Read(Export(to), "back", Ada);
        Assert.Equal(everything, store.Everything());
    }

    [Theory]
    [InlineData("""{"kind":"comment","id":"../x","sae":"HASH","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "id is not a comment's id")]
    [InlineData("""{"kind":"comment","id":"comment-20261123-101502-abcd","sae":"x","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "sae should be")]
    [InlineData("""{"kind":"comment","id":"comment-20261123-101502-abcd","sae":"HASH","feature":1,"text":" ","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "The comment is empty")]
    [InlineData("""{"kind":"comment","id":"comment-20261123-101502-abcd","sae":"HASH","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","clip":{"dataset":"HASH","row":0,"from":5}}""", "both from and to")]
    [InlineData("""{"kind":"comment","id":"comment-20261123-101502-abcd","sae":"HASH","feature":1,"text":"x","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","clip":{"dataset":"HASH","row":0,"until":5}}""", "unknown member 'until'")]
    public void A_wrong_line_of_a_file_is_named(string line, string why)
    {
        var file = ExchangeTests.File(line.Replace("HASH", new string('a', 64), StringComparison.Ordinal));
        Assert.Contains(why, Assert.Throws<UserException>(() => new DataImport(store.Db).Read(file, "file", Ada)).Message, StringComparison.Ordinal);
        Assert.Empty(Comments.OfSae(new string('a', 64)));
    }

    private static byte[] Export(TemporaryStore from)
    {
        using var stream = new MemoryStream();
        new DataExport(from.Db).Write(stream, DateTimeOffset.UtcNow);
        Assert.Contains("\"kind\":\"comment\"", Encoding.UTF8.GetString(stream.ToArray()), StringComparison.Ordinal);
        return stream.ToArray();
    }
}
