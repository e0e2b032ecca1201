using SaeDashboard.Core;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Lists of features and saved views: whose they are, who sees them, what a change of one really changed, and their way to another machine.</summary>
public sealed class FeatureListTests : IDisposable
{
    private static readonly string Hash = Taiko.SaeHash;

    private readonly TemporaryStore store = new();

    private FeatureListRepository Lists => new(store.Db);

    private SavedViewRepository Views => new(store.Db);

    public void Dispose() => store.Dispose();

    [Fact]
    public void A_list_survives_a_restart_in_order_and_each_feature_once()
    {
        var id = Lists.Add(" Drums ", Hash, [9, 3, 9, 1], false, Ada);
        store.Restart();
        var list = Assert.Single(Lists.Visible(Hash, Ada));
        Assert.Equal((id, "Drums", "Ada", false), (list.Id, list.Name, list.Owner, list.Shared));
        Assert.Equal([1, 3, 9], list.Features);
        Assert.Empty(Lists.Visible(new string('f', 64), Ada));
    }

    [Fact]
    public void A_change_says_what_it_changed_and_swapped_it_is_undone()
    {
        var id = Lists.Add("Drums", Hash, [1, 2, 3], false, Ada);
        var change = Lists.Change(id, [3, 4, 5, 4], [1, 99], Ada);
        Assert.Equal([4, 5], change.Added);
        Assert.Equal([1], change.Removed);
        Assert.Equal([2, 3, 4, 5], Lists.Find(id, Ada)!.Features);
        // Something else in between stays.
        Lists.Change(id, [50], [], Ada);
        Lists.Change(id, change.Removed, change.Added, Ada);
        Assert.Equal([1, 2, 3, 50], Lists.Find(id, Ada)!.Features);
        var bytes = new FileInfo(store.Journal).Length;
        Assert.Equal(0, Lists.Change(id, [1], [77], Ada) is var none ? none.Added.Count + none.Removed.Count : -1);
        Assert.Equal(bytes, new FileInfo(store.Journal).Length);
    }

    [Fact]
    public void A_private_list_is_its_owners_and_a_shared_one_is_filled_by_all_and_named_by_its_owner()
    {
        var id = Lists.Add("Drums", Hash, [1], false, Ada);
        Assert.Empty(Lists.Visible(Hash, Bob));
        Assert.Null(Lists.Find(id, Bob));
        Assert.Contains("There is no list", Assert.Throws<UserException>(() => Lists.Change(id, [2], [], Bob)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no list", Assert.Throws<UserException>(() => Lists.Rename(id, "Mine", Bob)).Message, StringComparison.Ordinal);
        Lists.Share(id, true, Ada);
        Assert.Equal("Ada", Assert.Single(Lists.Visible(Hash, Bob)).Owner);
        Lists.Change(id, [2], [], Bob);
        foreach (var owners in new Action[] { () => Lists.Rename(id, "Mine", Bob), () => Lists.Share(id, false, Bob), () => Lists.Delete(id, Bob) })
            Assert.Contains("another person's", Assert.Throws<UserException>(owners).Message, StringComparison.Ordinal);
        Lists.Delete(id, Ada);
        Assert.Empty(Lists.Visible(Hash, Ada));
        Assert.Null(Lists.Find(id, Bob));
        Assert.NotNull(Lists.Find(id, Ada)!.DeletedUtc);
        Assert.Throws<UserException>(() => Lists.Change(id, [3], [], Ada));
        Lists.Restore(id, Ada);
        Assert.Equal([1, 2], Assert.Single(Lists.Visible(Hash, Bob)).Features);
    }

    [Fact]
    public void Names_and_sizes_have_limits()
    {
        Assert.Throws<UserException>(() => Lists.Add(" ", Hash, [1], false, Ada));
        Assert.Throws<UserException>(() => Lists.Add("line\nbreak", Hash, [1], false, Ada));
        Assert.Contains("is the most", Assert.Throws<UserException>(() => Lists.Add("All", Hash, Enumerable.Range(0, FeatureListRepository.MaxFeatures + 1), false, Ada)).Message, StringComparison.Ordinal);
        var id = Lists.Add("Nearly", Hash, Enumerable.Range(0, FeatureListRepository.MaxFeatures), false, Ada);
        Assert.Throws<UserException>(() => Lists.Change(id, [FeatureListRepository.MaxFeatures], [], Ada));
        Assert.Throws<UserException>(() => Views.Add("Long", new string('x', SavedViewRepository.LongestQuery + 1), null, false, Ada));
    }

    [Fact]
    public void A_view_is_for_every_SAE_unless_it_names_one_and_is_its_owners_to_change()
    {
        var id = Views.Add("Dense", "sort=density", null, false, Ada);
        Views.Add("My drums", "list=list-x", Hash, true, Bob);
        Assert.Equal(["Dense", "My drums"], Views.Visible(Hash, Ada).Select(view => view.Name));
        Assert.Equal(["Dense"], Views.Visible(new string('f', 64), Ada).Select(view => view.Name));
        Assert.Equal(["My drums"], Views.Visible(Hash, Bob).Select(view => view.Name));
        Views.Rename(id, "Densest", Ada);
        Assert.Throws<UserException>(() => Views.Rename(id, "Mine", Bob));
        Views.Share(id, true, Ada);
        Assert.Contains("another person's", Assert.Throws<UserException>(() => Views.Delete(id, Bob)).Message, StringComparison.Ordinal);
        Views.Delete(id, Ada);
        Assert.Equal(["My drums"], Views.Visible(Hash, Ada).Select(view => view.Name));
        Views.Restore(id, Ada);
        store.Restart();
        Assert.Equal(("Densest", "sort=density", true), Views.Visible(Hash, Bob).Where(view => view.Id == id).Select(view => (view.Name, view.Query, view.Shared)).Single());
    }

    [Fact]
    public void Lists_and_views_go_to_another_machine_and_what_was_private_there_is_shared_here()
    {
        var person = new UserRepository(store.Db).Local("Grace");
        var list = Lists.Add("Drums", Hash, [1, 2], false, person);
        Views.Add("Dense", "sort=density", null, false, person);
        using var to = new TemporaryStore();
        var file = Export();
        var result = new DataImport(to.Db).Read(file, "file", Ada);
        Assert.Equal((1, 1, 0), (result.Lists, result.Views, result.Known));
        var there = Assert.Single(new FeatureListRepository(to.Db).Visible(Hash, Ada));
        Assert.Equal((list, "Grace", true), (there.Id, there.Owner, there.Shared));
        Assert.Equal([1, 2], there.Features);
        Assert.True(Assert.Single(new SavedViewRepository(to.Db).Visible(Hash, Ada)).Shared);
        // Again: nothing. After a change: the newer state. Back home: still private.
        Assert.Equal(2, new DataImport(to.Db).Read(file, "again", Ada).Known);
        Thread.Sleep(2);
        new FeatureListRepository(to.Db).Change(list, [3], [1], Ada);
        Assert.Equal(2, new DataImport(to.Db).Read(file, "older", Ada).Known);
        using var stream = new MemoryStream();
        new DataExport(to.Db).Write(stream, DateTimeOffset.UtcNow);
        Assert.Equal((1, 0), (new DataImport(store.Db).Read(stream.ToArray(), "back", person).Lists, 0));
        Assert.Equal([2, 3], Assert.Single(Lists.Visible(Hash, person)).Features);
    }

    [Fact]
    public void A_list_that_was_deleted_stays_deleted_and_another_persons_private_things_are_not_exported()
    {
        var list = Lists.Add("Drums", Hash, [1], false, Ada);
        Lists.Add("Shared", Hash, [2], true, Ada);
        Views.Add("Private", "all=1", null, false, Ada);
        var file = Export();
        Lists.Delete(list, Ada);
        Assert.Equal(0, new DataImport(store.Db).Read(file, "file", Ada).Lists);
        Assert.Equal(["Shared"], Lists.Visible(Hash, Ada).Select(each => each.Name));
        Lists.Restore(list, Ada);
        var forBob = System.Text.Encoding.UTF8.GetString(Export(Bob));
        Assert.Contains("Shared", forBob, StringComparison.Ordinal);
        Assert.DoesNotContain("Drums", forBob, StringComparison.Ordinal);
        Assert.DoesNotContain("Private", forBob, StringComparison.Ordinal);
        Assert.Contains("Drums", System.Text.Encoding.UTF8.GetString(Export(Ada)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind":"list","id":"../x","name":"x","sae":"HASH","features":[1],"by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","changed":"2026-11-23T10:15:02.123Z"}""", "id is not a list's id")]
    [InlineData("""{"kind":"list","id":"list-20261123-101502-abcd","name":"x","sae":"HASH","features":[-1],"by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","changed":"2026-11-23T10:15:02.123Z"}""", "features has -1")]
    [InlineData("""{"kind":"list","id":"list-20261123-101502-abcd","name":"","sae":"HASH","features":[1],"by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","changed":"2026-11-23T10:15:02.123Z"}""", "name is empty")]
    [InlineData("""{"kind":"list","id":"list-20261123-101502-abcd","name":"x","sae":"abc","features":[1],"by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z","changed":"2026-11-23T10:15:02.123Z"}""", "sae should be a SHA-256")]
    [InlineData("""{"kind":"view","id":"list-20261123-101502-abcd","name":"x","query":"","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "id is not a view's id")]
    [InlineData("""{"kind":"view","id":"view-20261123-101502-abcd","name":"x","query":"a\u202Eb","by":{"id":"a","name":"A"},"at":"2026-11-23T10:15:02.123Z"}""", "turns the direction")]
    public void A_wrong_line_of_a_file_is_refused(string line, string why)
    {
        var before = store.Everything();
        var error = Assert.Throws<UserException>(() => new DataImport(store.Db).Read(ExchangeTests.File(line.Replace("HASH", Hash, StringComparison.Ordinal)), "file", Ada));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, store.Everything());
    }

    private byte[] Export(Actor? reader = null)
    {
        using var stream = new MemoryStream();
        new DataExport(store.Db).Write(stream, DateTimeOffset.UtcNow, reader);
        return stream.ToArray();
    }
}
