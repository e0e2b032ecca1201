using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Naming and rating features.</summary>
public sealed class FeatureLabelsTests : IDisposable
{
    private static readonly Actor Ann = new("ann", "Ann"), Bob = new("bob", "Bob");

    private readonly TemporaryFolder folder = new();
    private readonly Database database;
    private readonly LabelRepository repository;
    private readonly CountingStore store = new();
    private readonly FeatureLabels labels;
    private readonly FeatureKey key = new(DemoFeatures.Set.SaeHash, 1337);

    public FeatureLabelsTests()
    {
        database = Database.Open(folder.Path);
        repository = new LabelRepository(database);
        labels = new FeatureLabels(repository, new RatingRepository(database), store);
    }

    public void Dispose()
    {
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_corrected_label_keeps_the_earlier_one_which_can_be_restored()
    {
        labels.Name(key, "drum roll", null, Ann);
        labels.Name(key, "taiko drums", "not snare", Bob);
        labels.Restore(labels.History(key, Ann)[1].Id, Ann);
        var history = labels.History(key, Ann);
        Assert.Equal(["drum roll", "taiko drums", "drum roll"], history.Select(revision => revision.Text));
        Assert.Equal(["Ann", "Bob", "Ann"], history.Select(revision => revision.Author));
        Assert.Equal(history[2].Id, history[0].RestoredFrom);
        Assert.Equal("drum roll", repository.Current(key.SaeHash)[1337].Text);
    }

    [Fact]
    public void Stars_belong_to_a_person_and_a_revision_and_the_same_again_takes_them_back()
    {
        var first = labels.Name(key, "drum roll", null, Ann);
        Assert.Equal(4, labels.Rate(first, 4, Ann));
        Assert.Equal(1, labels.Rate(first, 1, Bob));
        var rated = repository.Current(key.SaeHash)[1337];
        Assert.Equal((2.5, 2), (rated.Stars!.Value, rated.Ratings));
        Assert.Null(labels.Rate(first, 1, Bob));
        Assert.Equal(5, labels.Rate(first, 5, Ann));
        Assert.Equal((5.0, 1), (repository.Current(key.SaeHash)[1337].Stars!.Value, repository.Current(key.SaeHash)[1337].Ratings));
        labels.Name(key, "taiko", null, Ann);
        Assert.Null(repository.Current(key.SaeHash)[1337].Stars);
    }

    [Theory]
    [InlineData("a\u202Eb")]
    [InlineData("two\nlines")]
    [InlineData("bell\u0007")]
    public void A_label_that_would_turn_or_break_its_row_is_refused(string text)
    {
        Assert.Throws<UserException>(() => labels.Name(key, text, null, Ann));
        Assert.Empty(labels.History(key, Ann));
    }

    [Fact]
    public void What_the_store_refuses_is_thrown_with_its_message_and_announces_no_change()
    {
        var announced = new List<FeatureKey>();
        labels.Changed += announced.Add;
        store.IsFull = true;
        Assert.Equal(CountingStore.Full, Assert.Throws<UserException>(() => labels.Name(key, "taiko", null, Ann)).Message);
        Assert.Empty(announced);
        store.IsFull = false;
        labels.Name(key, "taiko", null, Ann);
        Assert.Single(announced);
    }

    [Fact]
    public void Every_change_is_announced_and_a_refused_one_is_not()
    {
        var announced = new List<FeatureKey>();
        labels.Changed += announced.Add;
        var revision = labels.Name(key, "taiko", null, Ann);
        labels.Rate(revision, 3, Ann);
        Assert.Throws<UserException>(() => labels.Rate(revision, 6, Ann));
        Assert.Throws<UserException>(() => labels.Name(key, new string('x', LabelRepository.LongestText + 1), null, Ann));
        Assert.Throws<UserException>(() => labels.Restore(999, Ann));
        Assert.Equal([key, key], announced);
    }
}
