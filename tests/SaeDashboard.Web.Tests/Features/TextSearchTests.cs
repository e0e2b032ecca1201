using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Words of labels and captions are found, misspelled ones too.</summary>
public sealed class TextSearchTests
{
    [Theory]
    [InlineData("harpsicord", "harpsichord")]
    [InlineData("hrapsichord", "harpsichord")]
    [InlineData("harpzic", "harpsichord")]
    [InlineData("taikoo", "taiko")]
    [InlineData("tiako", "taiko")]
    [InlineData("HARPSICORD", "harpsichord")]
    public void A_misspelled_word_is_read_as_the_nearest_and_the_answer_says_so(string typed, string word)
    {
        var none = new Dictionary<int, CurrentLabel>();
        var query = new FeatureQuery { Text = typed, All = true };
        var page = FeatureCatalog.PageOf(DemoFeatures.Set, none, query);
        Assert.Equal([word], Assert.Single(page.Search!.Readings).As);
        Assert.Equal(typed.ToLowerInvariant(), page.Search.Readings[0].Typed);
        Assert.Equal([word], page.Search.Marks);
        Assert.NotEqual(0, page.Total);
        Assert.Equal(FeatureFilter.Apply(DemoFeatures.Set, none, query with { Text = word }), FeatureFilter.Apply(DemoFeatures.Set, none, query));
    }

    [Theory]
    [InlineData("harpsichord")]
    [InlineData("harpsi")]
    [InlineData("tko")]
    [InlineData("zzzzzzzz")]
    [InlineData("12345")]
    public void What_is_spelled_right_or_like_nothing_is_searched_as_typed(string typed)
    {
        var search = FeatureCatalog.PageOf(DemoFeatures.Set, new Dictionary<int, CurrentLabel>(), new FeatureQuery { Text = typed, All = true }).Search!;
        Assert.Empty(search.Readings);
        Assert.Equal([typed], search.Marks);
    }

    [Fact]
    public void A_label_is_found_by_its_words_as_soon_as_it_is_written_and_no_longer_when_it_is_gone()
    {
        var labels = new Dictionary<int, CurrentLabel>();
        Assert.Empty(Find("glockenspiel"));
        labels = new() { [5] = Label("Glockenspiel, high"), [99_999] = Label("glockenspiel of no feature") };
        Assert.Equal([5], Find("glockenspiel"));
        Assert.Equal([5], Find("glokenspiel"));
        Assert.Equal([5], Find("high glock"));
        labels = new() { [5] = Label("Glokenspiel") };
        Assert.Equal([5], Find("glokenspiel"));
        Assert.Empty(FeatureCatalog.PageOf(DemoFeatures.Set, labels, Query("glokenspiel")).Search!.Readings);
        // The word that was corrected away no longer hides the right one.
        labels = new() { [5] = Label("Glockenspiel"), [6] = Label("marimba") };
        Assert.Equal(["glockenspiel"], Assert.Single(FeatureCatalog.PageOf(DemoFeatures.Set, labels, Query("glokenspiel")).Search!.Readings).As);
        Assert.Equal([5], Find("glokenspiel"));
        labels = [];
        Assert.Empty(Find("glockenspiel"));

        int[] Find(string text) => FeatureFilter.Apply(DemoFeatures.Set, labels, Query(text));

        static FeatureQuery Query(string text) => new() { Text = text, All = true };
        static CurrentLabel Label(string text) => new(1, text, "Ann", null, 0);
    }

    /// <summary>Read a second way, without tables of words: every text of a row, and the captions of the top clips.</summary>
    [Theory]
    [InlineData("harpsichord", "harpsicord")]
    [InlineData("taiko", "tiako")]
    public void What_a_row_says_or_suggests_is_found_and_a_row_whose_name_does_not_say_why_does(string word, string misspelled)
    {
        var set = DemoFeatures.Set;
        var labels = new Dictionary<int, CurrentLabel> { [5] = new(1, "low hum", "Ann", null, 0) };
        var search = set.TextsOf(labels).Search(word)!;
        var (found, reasons) = (new List<int>(), new HashSet<string>());
        for (var feature = 0; feature < set.Index.Count; feature++)
        {
            var row = set.Row(feature, labels.GetValueOrDefault(feature));
            var suggested = set.Suggestions(feature).Any(each => Says(each.Words));
            var concept = Says(FeatureFilter.ConceptOf(set.Index.Measures, feature));
            var captions = set.Index.TopClips(feature).Select(clip => Says(set.Clip(clip.Row)?.Caption)).ToList();
            var expected = Says(row.Label) || suggested || concept || (captions.Count > 0 && (captions[0] || 2 * captions.Count(each => each) >= captions.Count));
            Assert.Equal((feature, expected), (feature, search.Finds(set, feature)));
            if (!expected) continue;
            found.Add(feature);
            var why = search.Why(set, row);
            Assert.Equal((feature, Says(row.Shown)), (feature, why is null));
            if (why is null) continue;
            reasons.Add(why.Split(':', ' ')[0]);
            if (!suggested && !concept) Assert.Equal($"in the captions of {captions.Count(each => each)} of its {captions.Count} top clips", why);
            else Assert.Contains(word, why, StringComparison.OrdinalIgnoreCase);
        }
        Assert.NotEmpty(found);
        Assert.Contains("also", reasons);
        Assert.Equal(found, FeatureFilter.Apply(set, labels, new FeatureQuery { Text = misspelled, All = true, Sort = FeatureSort.Index }));
        // A label of its own does not hide what is suggested.
        Assert.StartsWith("suggested: ", search.Why(set, set.Row(found.First(feature => set.Suggestion(feature) is { } one && Says(one.Words)), new CurrentLabel(2, "another", "Ann", null, 0))), StringComparison.Ordinal);

        bool Says(string? text) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;
    }

    [Fact]
    public void Clips_are_found_by_their_captions_with_the_same_tolerance()
    {
        var set = DemoFeatures.Set;
        Assert.Null(set.SearchCaptions("  "));
        var (right, wrong) = (set.SearchCaptions("sad harpsichord")!, set.SearchCaptions("sad harpsicord")!);
        Assert.Empty(right.Readings);
        Assert.Equal(["harpsichord"], Assert.Single(wrong.Readings).As);
        var expected = set.Clips!.Clips.Where(clip => clip.Caption.Contains("sad", StringComparison.OrdinalIgnoreCase) && clip.Caption.Contains("harpsichord", StringComparison.OrdinalIgnoreCase)).Select(clip => clip.Row).ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(expected, set.Clips.Clips.Select(clip => clip.Row).Where(right.Finds));
        Assert.Equal(expected, set.Clips.Clips.Select(clip => clip.Row).Where(wrong.Finds));
    }

    [Fact]
    public void Every_distance_is_that_of_a_plain_computation()
    {
        var random = new Random(3);
        for (var round = 0; round < 4000; round++)
        {
            var (typed, other) = (Word(random, 1 + random.Next(9)), Word(random, random.Next(12)));
            var expected = Enumerable.Range(0, other.Length + 1).Min(length => Plain(typed, other[..length]));
            var most = random.Next(4);
            var found = new WordDistance(typed).ToBeginningOf(other, most);
            if (expected <= most) Assert.Equal((typed, other, expected), (typed, other, found));
            else Assert.True(found > most, $"{typed} {other}: {found}, expected {expected}");
        }
    }

    [Fact]
    public void Tables_made_of_one_another_keep_their_words_also_when_two_are_made_of_the_same()
    {
        var random = new Random(8);
        var texts = new string?[40];
        var table = WordTable.Of(texts);
        for (var round = 0; round < 400; round++)
        {
            var changes = Enumerable.Range(0, 1 + random.Next(4)).Select(_ => (At: random.Next(texts.Length), Text: (string?)$"{Word(random, 4)} {Word(random, 3)}")).DistinctBy(change => change.At).ToArray();
            // A branch that another reader made and dropped.
            table.With([(0, $"{Word(random, 5)} branch")]);
            table = table.With(changes);
            foreach (var (at, text) in changes) texts[at] = text;
            var typed = Word(random, 2);
            Assert.Equal(texts.Any(text => text?.Contains(typed, StringComparison.Ordinal) == true), table.Containing(typed, out var marked));
            for (var text = 0; text < texts.Length; text++)
            {
                var has = false;
                foreach (var word in table.WordsOf(text)) has |= marked[word];
                Assert.Equal(texts[text]?.Contains(typed, StringComparison.Ordinal) == true, has);
            }
        }
    }

    [Theory]
    [InlineData("Taiko drums", "drum", "Taiko |drum|s")]
    [InlineData("Taiko drums", "none", "Taiko drums")]
    [InlineData("aaa", "aa", "|aaa|")]
    [InlineData("", "x", "")]
    public void Marks_are_where_the_text_has_them(string text, string mark, string expected) =>
        Assert.Equal(expected, string.Concat(MarkedText.Split(text, [mark.ToUpperInvariant(), ""]).Select(part => part.IsMark ? $"|{part.Part}|" : part.Part)));

    private static string Word(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "abcé"[random.Next(4)]));

    /// <summary>Optimal string alignment, by the table of the textbook.</summary>
    private static int Plain(string from, string to)
    {
        var table = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= to.Length; j++) table[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                table[i, j] = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }
        return table[from.Length, to.Length];
    }
}
