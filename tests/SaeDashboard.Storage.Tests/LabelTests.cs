using SaeDashboard.Core;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Labels are revisions, rated one by one.</summary>
public sealed class LabelTests : IDisposable
{
    private readonly TemporaryStore store = new();

    private LabelRepository Labels => new(store.Db);

    private RatingRepository Ratings => new(store.Db);

    public void Dispose() => store.Dispose();

    [Fact]
    public void A_label_keeps_its_history_with_its_authors_by_name()
    {
        var first = Labels.Add(Taiko, " Drums ", null, Ada);
        var second = Labels.Add(Taiko, "Taiko", "low ones only", Bob);
        store.Restart();
        var history = Labels.History(Taiko, Ada);
        Assert.Equal([second.Id, first.Id], history.Select(revision => revision.Id));
        Assert.Equal(("Taiko", "low ones only", "Bob"), (history[0].Text, history[0].Note, history[0].Author));
        Assert.Equal(("Drums", null, "Ada"), (history[1].Text, history[1].Note, history[1].Author));
        Assert.Equal("Taiko", Labels.Current(Taiko.SaeHash)[1337].Text);
        Assert.Empty(Labels.Current(new string('f', 64)));
        Assert.InRange(history[0].CreatedUtc, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddSeconds(1));
    }

    [Fact]
    public void An_older_label_is_restored_as_a_new_revision()
    {
        var first = Labels.Add(Taiko, "Drums", "all", Ada);
        Labels.Add(Taiko, "Harps", null, Bob);
        var restored = Labels.Restore(first.Id, Bob);
        Assert.Equal(("Drums", "all", "Bob", first.Id), (restored.Text, restored.Note, restored.Author, restored.RestoredFrom));
        Assert.Equal(3, Labels.History(Taiko).Count);
        Assert.Equal("Drums", Labels.Current(Taiko.SaeHash)[1337].Text);
        Assert.Throws<UserException>(() => Labels.Restore(999, Ada));
    }

    [Fact]
    public void The_same_label_again_adds_no_revision_and_an_empty_one_removes_it()
    {
        Labels.Add(Taiko, "Drums", null, Ada);
        Labels.Add(Taiko, "Drums", null, Bob);
        Assert.Single(Labels.History(Taiko));
        Labels.Add(Taiko, "", null, Bob);
        Assert.Empty(Labels.Current(Taiko.SaeHash));
        Assert.Equal(2, Labels.History(Taiko).Count);
        Assert.Contains("200", Assert.Throws<UserException>(() => Labels.Add(Taiko, new string('x', 201), null, Ada)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_person_rates_a_revision_once_and_the_mean_is_shown()
    {
        var label = Labels.Add(Taiko, "Drums", null, Ada);
        Assert.Null(Labels.Current(Taiko.SaeHash)[1337].Stars);
        Ratings.Set(label.Id, 2, Ada);
        Ratings.Set(label.Id, 4, Ada);
        Ratings.Set(label.Id, 5, Bob);
        var current = Labels.Current(Taiko.SaeHash)[1337];
        Assert.Equal((4.5, 2), (current.Stars, current.Ratings));
        Assert.Equal((4, 5), (Ratings.Mine(label.Id, Ada), Labels.History(Taiko, Bob)[0].Mine));
        Ratings.Clear(label.Id, Bob);
        Assert.Null(Ratings.Mine(label.Id, Bob));
        Assert.Equal(4, Labels.History(Taiko)[0].Stars);
        // A new revision is another claim: it starts without stars.
        Labels.Add(Taiko, "Taiko", null, Ada);
        Assert.Equal(0, Labels.Current(Taiko.SaeHash)[1337].Ratings);
    }

    [Fact]
    public void A_restored_label_has_the_stars_that_its_text_was_given()
    {
        var first = Labels.Add(Taiko, "Drums", null, Ada);
        Ratings.Set(first.Id, 4, Bob);
        Labels.Add(Taiko, "Harps", null, Bob);
        Labels.Restore(first.Id, Ada);
        store.Restart();
        Assert.Equal((4.0, 1), (Labels.Current(Taiko.SaeHash)[1337].Stars, Labels.Current(Taiko.SaeHash)[1337].Ratings));
    }

    [Fact]
    public void A_removed_label_takes_its_note_with_it()
    {
        Labels.Add(Taiko, "Drums", "low ones", Ada);
        Labels.Add(Taiko, "", "low ones", Ada);
        Assert.Equal(("", null), (Labels.History(Taiko)[0].Text, Labels.History(Taiko)[0].Note));
    }

    [Fact]
    public void A_label_that_another_person_changed_meanwhile_is_not_overwritten()
    {
        // Seen in a store that was replaced by its backup since.
        Assert.Equal("Drums", Labels.Add(Taiko, "Drums", null, Ada, new LabelBasis(99)).Text);
        Labels.Add(Taiko, "", null, Ada);
        var first = Labels.Add(Taiko, "Drums", "low ones", Ada);
        var second = Labels.Add(Taiko, "Taiko", null, Bob, new LabelBasis(first.Id));
        var conflict = Assert.Throws<LabelConflictException>(() => Labels.Add(Taiko, "Big drums", null, Ada, new LabelBasis(first.Id)));
        Assert.Equal((second.Id, "Taiko", "Bob"), (conflict.Current.Id, conflict.Current.Text, conflict.Current.Author));
        Assert.Equal("Taiko", Labels.Current(Taiko.SaeHash)[1337].Text);
        // The same text is no conflict, and a decision after seeing it is none.
        Labels.Add(Taiko, "Taiko", null, Ada, new LabelBasis(first.Id));
        Labels.Add(Taiko, "Big drums", null, Ada, new LabelBasis(second.Id));
        Labels.Add(Taiko, "", null, Ada);
        Assert.Throws<LabelConflictException>(() => Labels.Add(Taiko, "Gongs", null, Bob, new LabelBasis(second.Id)));
        Labels.Add(Taiko, "Gongs", null, Bob, new LabelBasis(0));
        Assert.Equal("Gongs", Labels.Current(Taiko.SaeHash)[1337].Text);
    }

    [Fact]
    public void A_note_that_the_author_did_not_see_stays()
    {
        Labels.Add(Taiko, "Drums", "low ones", Ada);
        Assert.Equal("low ones", Labels.Add(Taiko, "Taiko", null, Bob, new LabelBasis(null, KeepsNote: true)).Note);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void Stars_are_one_to_five(int stars)
    {
        var label = Labels.Add(Taiko, "Drums", null, Ada);
        Assert.Throws<UserException>(() => Ratings.Set(label.Id, stars, Ada));
        Assert.Throws<UserException>(() => Ratings.Set(999, 3, Ada));
        Assert.Equal(0, Labels.Current(Taiko.SaeHash)[1337].Ratings);
    }

    [Fact]
    public void A_person_who_changes_their_name_is_shown_by_it_everywhere()
    {
        var users = new UserRepository(store.Db);
        var me = users.Local("root");
        Labels.Add(Taiko, "Drums", null, me);
        users.Rename(me.UserId, "Grace", me);
        Assert.Equal("Grace", Labels.History(Taiko)[0].Author);
        // The next start knows the chosen name, not the machine's.
        Assert.Equal("Grace", users.Local("root").Name);
    }
}
