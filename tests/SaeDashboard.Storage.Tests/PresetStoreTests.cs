using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Revisions, visibility, links, stars, tags and comments of presets survive a restart and follow their rules.</summary>
public sealed class PresetStoreTests : IDisposable
{
    private readonly TemporaryStore store = new();

    private PresetRepository Presets => new(store.Db);

    private PresetTalkRepository Talk => new(store.Db);

    private PresetLinkRepository Links => new(store.Db);

    public void Dispose() => store.Dispose();

    [Fact]
    public void Every_change_is_a_revision_and_any_one_can_be_taken_up_again()
    {
        var id = Presets.Add(Preset("Taiko"), Ada);
        var louder = Preset("Taiko") with { Guidance = 5 };
        Presets.Revise(id, louder, "more of it", 1, Bob);
        Presets.Revise(id, louder, "the same", 2, Bob);
        Presets.Rename(id, "Loud taiko", Ada);
        Assert.Contains("revision 3, and you saw 2", Assert.Throws<UserException>(() => Presets.Revise(id, Preset("x"), null, 2, Ada)).Message, StringComparison.Ordinal);
        store.Restart();
        var revisions = Presets.Revisions(id);
        Assert.Equal([(3, "Loud taiko", "Ada", null), (2, "Taiko", "Bob", "more of it"), (1, "Taiko", "Ada", null)], revisions.Select(each => (each.Number, each.Name, each.Author, each.Note)));
        Assert.Equal(["Name: “Taiko” → “Loud taiko”"], PresetDiff.Of(revisions[1].Whole(), revisions[0].Whole()));
        Assert.Equal(["Guidance: 3 → 5"], PresetDiff.Of(revisions[2].Whole(), revisions[1].Whole()));
        Assert.NotEqual(revisions[1].Content, revisions[2].Content);
        Assert.Equal(revisions[0].Content, revisions[1].Content);
        Presets.RestoreRevision(id, 1, Ada);
        Assert.Equal((4, 3.0, "Taiko"), (Presets.Find(id)!.Revision, Presets.Find(id)!.Preset.Guidance, Presets.Find(id)!.Preset.Name));
        Assert.Throws<UserException>(() => Presets.RestoreRevision(id, 9, Ada));
    }

    [Fact]
    public void Visibility_says_who_sees_it_and_what_another_data_folder_imports_is_public_there()
    {
        var id = Presets.Add(Preset("Mine"), Ada, PresetVisibility.Private);
        Presets.Add(Preset("Ours"), Ada);
        Assert.Equal(["Mine", "Ours"], Presets.List().Where(row => row.IsFor(Ada)).Select(row => row.Name).Order());
        Assert.Equal(["Ours"], Presets.List().Where(row => row.IsFor(Bob)).Select(row => row.Name));
        Presets.SetVisibility(id, PresetVisibility.Unlisted, Ada);
        Assert.False(Presets.Find(id)!.IsFor(Bob));
        using var file = new MemoryStream();
        new DataExport(store.Db).Write(file, DateTimeOffset.UnixEpoch);
        using var other = new TemporaryStore();
        new DataImport(other.Db).Read(file.ToArray(), "export", Bob);
        Assert.Equal([("Mine", PresetVisibility.Public), ("Ours", PresetVisibility.Public)], new PresetRepository(other.Db).List().Select(row => (row.Name, row.Visibility)).Order());
    }

    [Fact]
    public void A_link_is_not_guessable_and_a_revoked_one_stays_revoked()
    {
        var id = Presets.Add(Preset("Taiko"), Ada);
        var words = Enumerable.Range(0, 3).Select(_ => Links.Add(id, Ada)).ToArray();
        Assert.All(words, word => Assert.Matches("^[a-z2-7]{32}$", word));
        Assert.Equal(3, words.Distinct().Count());
        Links.Revoke(words[1], Ada);
        var at = Links.Find(words[1])!.RevokedUtc;
        Links.Revoke(words[1], Bob);
        store.Restart();
        Assert.Equal(at, Links.Find(words[1])!.RevokedUtc);
        Assert.Null(Links.Find(words[0])!.RevokedUtc);
        Assert.Null(Links.Find(words[0][..31]));
        Assert.Equal(3, Links.Of(id).Count);
        Assert.Throws<UserException>(() => Links.Revoke("no such word", Ada));
        Presets.Delete(id, Ada);
        Assert.Throws<UserException>(() => Links.Add(id, Ada));
    }

    [Fact]
    public void Stars_are_each_person_s_tags_are_everyone_s_and_comments_have_an_author()
    {
        var id = Presets.Add(Preset("Taiko"), Ada);
        Talk.Rate(id, 5, Ada);
        Talk.Rate(id, 2, Bob);
        Talk.Rate(id, 4, Ada);
        Talk.Tag(id, ["Drums", "loud", "drums"], [], Ada);
        Talk.Tag(id, ["quiet"], ["LOUD"], Bob);
        var comment = Talk.Comment(id, "the second hit", 1.5, Ada);
        Assert.Throws<UserException>(() => Talk.EditComment(comment.Id, "no", null, null, Bob));
        Assert.Throws<UserException>(() => Talk.EditComment(comment.Id, "no", null, 2, Ada));
        Talk.EditComment(comment.Id, "the third hit", null, 1, Ada);
        store.Restart();
        var row = Assert.Single(Presets.List());
        Assert.Equal((3.0, 2, 1), (row.MeanStars, row.Ratings, row.Comments));
        Assert.Equal(["Drums", "quiet"], row.Tags);
        Assert.Equal((4, 2), (Talk.StarsOf(id, Ada), Talk.StarsOf(id, Bob)));
        Assert.Equal(("the third hit", null, 2), (Talk.Comments(id)[0].Text, Talk.Comments(id)[0].At, Talk.Comments(id)[0].Version));
        Assert.Contains("Ada wrote this comment", Assert.Throws<UserException>(() => Talk.DeleteComment(comment.Id, Bob)).Message, StringComparison.Ordinal);
        Talk.DeleteComment(comment.Id, Ada);
        Talk.Rate(id, null, Bob);
        Assert.Equal((4.0, 0), (Presets.List()[0].MeanStars, Presets.List()[0].Comments));
        Talk.RestoreComment(comment.Id, Ada);
        Assert.Single(Talk.Comments(id));
        // On a preset of one's own others' go too.
        var theirs = Talk.Comment(id, "spam", null, Bob);
        Talk.DeleteComment(theirs.Id, Ada);
        Assert.Single(Talk.Comments(id));
        foreach (var wrong in new Action[]
        {
            () => Talk.Rate(id, 6, Ada), () => Talk.Rate("preset-x", 1, Ada), () => Talk.Tag(id, ["two\nlines"], [], Ada), () => Talk.Tag(id, [.. Enumerable.Range(0, 30).Select(i => $"t{i}")], [], Ada),
            () => Talk.Comment(id, " ", null, Ada), () => Talk.Comment(id, "x", double.NaN, Ada), () => Talk.Comment("preset-x", "x", null, Ada),
        }) Assert.Throws<UserException>(wrong);
    }

    [Fact]
    public void A_preset_of_before_has_its_hash_and_no_revisions()
    {
        var id = Presets.Add(Preset("Taiko"), Ada);
        var row = Presets.List()[0];
        Assert.Equal(PresetContent.Hash(Preset("Another name") with { Description = "", Author = "x", Licence = "MIT" }), row.Content);
        store.Db.Write(Ada, "test", id, scope => scope.Put(scope.Tables.Presets, scope.Find(scope.Tables.Presets, id)! with { Content = null }));
        store.Restart();
        Assert.Equal((1, row.Content), (Presets.Find(id)!.Revision, Presets.List()[0].Content));
    }
}
