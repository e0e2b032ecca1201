using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>The list of features against one that is written down plainly.</summary>
public sealed class FeatureFilterTests
{
    private static readonly Dictionary<int, CurrentLabel> Labels = new()
    {
        [3] = new(1, "Taiko drums", "ann", 4.5, 2),
        [1337] = new(2, "taiko", "ann", 3, 1),
        [1900] = new(3, "Harpsichord runs", "bob", null, 0),
        [7] = new(4, "bass", "bob", 5, 1),
        [8] = new(5, "Bass", "bob", 5, 4),
    };

    private static readonly FeatureListRow[] Lists = [new("mine", "Mine", DemoFeatures.Set.SaeHash, [3, 8, 90, 1337, 99_999], "ann", "Ann", false, DateTimeOffset.UnixEpoch, null)];

    // One of them names a feature that the dictionary lacks.
    private static readonly Dictionary<int, int> Comments = new() { [3] = 2, [90] = 1, [1900] = 1, [99_999] = 4 };

    public static TheoryData<string> Queries => [
        "", "?sort=density", "?sort=density&reverse=1", "?sort=maximum&all=1", "?sort=p99&min=2&max=10", "?sort=index&all=1", "?sort=index&reverse=1", "?sort=stars&all=1", "?sort=label&all=1",
        "?sort=label&reverse=1&all=1", "?strength=1.5&sort=maximum", "?q=taiko", "?q=TAIKO+drums&all=1", "?q=1337&all=1", "?q=%231337&all=1", "?label=labelled&all=1", "?label=unlabelled&min=24.5",
        "?q=harpsichord&label=labelled&all=1", "?q=no+such+sound&all=1", "?min=30", "?q=minor&sort=density", "?least=0.1&most=0.2&all=1",
        "?least=0.2&most=0.1&all=1", "?most=0&all=1", "?least=1",
        "?label=suggested&sort=density", "?label=sure&sort=index", "?stars=4&all=1", "?stars=0&label=labelled&all=1", "?list=mine&all=1&sort=index", "?list=none", "?commented=1&all=1", "?commented=1&label=labelled&list=mine&all=1", "?q=DRUMS+taiko", "?q=ska+rune",
    ];

    [Theory]
    [MemberData(nameof(Queries))]
    public void Finds_and_orders_what_a_plain_reading_of_the_query_does(string url)
    {
        var query = FromUrl(url);
        var order = FeatureFilter.Apply(DemoFeatures.Set, Labels, query, lists: Lists, comments: Comments);
        Assert.Equal(Reference(query), order);
    }

    [Fact]
    public void A_range_of_columns_written_backwards_is_the_same_range_and_leaves_some_out()
    {
        var order = FeatureFilter.Apply(DemoFeatures.Set, Labels, FromUrl("?least=0.1&most=0.2&all=1"));
        Assert.InRange(order.Length, 1, DemoFeatures.Set.Index.Count - 1);
        Assert.Equal(order, FeatureFilter.Apply(DemoFeatures.Set, Labels, FromUrl("?least=0.2&most=0.1&all=1")));
    }

    [Fact]
    public void The_default_shows_what_the_index_keeps_beginning_with_what_is_plain_and_different()
    {
        var set = DemoFeatures.Set;
        var order = FeatureFilter.Apply(set, Labels, FeatureQuery.Default);
        Assert.Equal(set.Index.Info.KeptDefault, order.Length);
        var first = order.Take(20).Select(feature => set.Hint(feature)!).ToArray();
        Assert.All(first, hint => Assert.True(hint.Score > 1.5, $"{hint}"));
        Assert.True(first.Select(hint => hint.Words).Distinct().Count() >= 12, string.Join(", ", first.Select(hint => hint.Words)));
        // Of those that share their words, the first one shown is the loudest for how well they agree.
        var words = set.Hint(order[0])!.Words;
        var alike = order.Where(feature => set.Hint(feature)?.Words == words);
        Assert.Equal(order[0], alike.MaxBy(feature => set.Hint(feature)!.Score * set.Index.P99[feature]));
    }

    [Fact]
    public void A_hint_is_in_as_many_captions_as_it_says()
    {
        for (var feature = 0; feature < DemoFeatures.Set.Index.Count; feature += 37)
        {
            var captions = DemoFeatures.Set.Index.TopClips(feature).Select(clip => DemoFeatures.Set.Clip(clip.Row)!.Caption).ToArray();
            if (DemoFeatures.Set.Hint(feature) is not { } hint) continue;
            Assert.Equal(captions.Length, hint.Of);
            Assert.True(2 * hint.Clips >= hint.Of);
            Assert.True(hint.Words.Split(' ').Any(word => captions.Count(caption => caption.Contains(word, StringComparison.OrdinalIgnoreCase)) >= hint.Clips), $"{feature}: {hint.Words}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("?all=1&stars=3")]
    [InlineData("?q=drum&label=unlabelled&least=0.3&most=1")]
    [InlineData("?all=1&list=mine&label=labelled")]
    [InlineData("?all=1&commented=1")]
    public void A_facet_counts_what_a_choice_in_it_would_show(string url)
    {
        var query = FromUrl(url);
        var facets = FeatureCatalog.PageOf(DemoFeatures.Set, Labels, query, Lists, Comments).Facets;
        Assert.Equal(Found(query with { Label = LabelFilter.Labelled }), facets.Labelled);
        Assert.Equal(Found(query with { Label = LabelFilter.Unlabelled }), facets.Unlabelled);
        Assert.Equal(Found(query with { Label = LabelFilter.Suggested }), facets.Suggested);
        Assert.Equal(Found(query with { Label = LabelFilter.Sure }), facets.Sure);
        for (var stars = 0; stars <= 5; stars++) Assert.Equal(Found(query with { Stars = stars }), facets.Stars[stars]);
        for (var bin = 0; bin < DensityBins.Count; bin++)
        {
            var (from, to) = DensityBins.Range(bin);
            // What fires in exactly as many columns as a bin begins with is in the bin before it.
            var above = from == 0 && bin > 0 ? double.Epsilon : Math.BitIncrement(from);
            Assert.Equal(Found(query with { LeastColumns = bin == 0 ? 0 : above, MostColumns = to }), facets.Density[bin]);
        }
        Assert.Equal(Found(query with { List = "mine" }), Assert.Single(facets.Lists).Features);
        Assert.Equal(Found(query with { Commented = true }), facets.Commented);

        static int Found(FeatureQuery asked) => FeatureFilter.Apply(DemoFeatures.Set, Labels, asked, lists: Lists, comments: Comments).Length;
    }

    /// <summary>The same by brute force: no index of anything, one condition after the other.</summary>
    private static int[] Reference(FeatureQuery query)
    {
        var index = DemoFeatures.Set.Index;
        var words = query.Text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var features = Enumerable.Range(0, index.Count).Where(feature =>
        {
            var statistics = index[feature];
            var label = Labels.GetValueOrDefault(feature)?.Text;
            if (!query.All && !statistics.Kept) return false;
            if (100 * (double)statistics.ClipDensity < query.MinDensity || 100 * (double)statistics.ClipDensity > query.MaxDensity) return false;
            var (least, most) = query.LeastColumns > query.MostColumns ? (query.MostColumns, query.LeastColumns) : (query.LeastColumns, query.MostColumns);
            if (100 * (double)statistics.ColumnDensity < least || 100 * (double)statistics.ColumnDensity > most) return false;
            if (Largest(feature) < query.MinMaximum) return false;
            if (query.Label == LabelFilter.Labelled && label is null) return false;
            if (query.Label == LabelFilter.Unlabelled && label is not null) return false;
            if (query.Label == LabelFilter.Suggested && (label is not null || DemoFeatures.Set.Suggestion(feature) is null)) return false;
            if (query.Label == LabelFilter.Sure && (label is not null || DemoFeatures.Set.Suggestions(feature).All(each => !(each.Score >= 0.6)))) return false;
            if (query.Stars is { } stars && (stars == 0 ? Labels.GetValueOrDefault(feature)?.Stars is not null : !(Labels.GetValueOrDefault(feature)?.Stars >= stars))) return false;
            if (query.List.Length > 0 && !(query.List == "mine" && Lists[0].Features.Contains(feature))) return false;
            if (query.Commented && !Comments.ContainsKey(feature)) return false;
            if (words.Length == 0) return true;
            var captions = index.TopClips(feature).Select(clip => DemoFeatures.Set.Clips!.Clips[clip.Row].Caption.ToLowerInvariant()).ToArray();
            var captioned = captions.Length > 0 && captions.Count(caption => words.All(caption.Contains)) >= captions.Length / 2.0;
            // The row: label, every suggestion, best concept, the caption of the top clip.
            var row = string.Join(' ', DemoFeatures.Set.Suggestions(feature).Select(each => each.Words).Append(label).Append(index.Measures!.BestConcept(feature)?.Concept).Append(captions.FirstOrDefault())).ToLowerInvariant();
            return captioned || words.All(row.Contains) || query.Text.TrimStart('#') == feature.ToString(System.Globalization.CultureInfo.InvariantCulture);
        });
        IEnumerable<int> ordered = query.Sort switch
        {
            FeatureSort.Index => By(feature => feature, up: true),
            FeatureSort.Density => By(feature => index[feature].ClipDensity, up: false),
            FeatureSort.Maximum => By(feature => Largest(feature), up: false),
            FeatureSort.P99 => By(feature => index[feature].P99, up: false),
            FeatureSort.Stars => By(feature => Labels.GetValueOrDefault(feature)?.Stars ?? 0, up: false),
            FeatureSort.Label => Named(),
            _ => By(DemoFeatures.Set.Agreement, up: false),
        };
        return [.. ordered];

        IEnumerable<int> By(Func<int, double> key, bool up) =>
            up != query.Reversed ? features.OrderBy(key).ThenBy(feature => feature) : features.OrderByDescending(key).ThenBy(feature => feature);

        IEnumerable<int> Named()
        {
            var named = features.Where(Labels.ContainsKey);
            Func<int, string> name = feature => Labels[feature].Text.ToLowerInvariant();
            var sorted = query.Reversed ? named.OrderByDescending(name, StringComparer.Ordinal).ThenBy(feature => feature) : named.OrderBy(name, StringComparer.Ordinal).ThenBy(feature => feature);
            return sorted.Concat(features.Where(feature => !Labels.ContainsKey(feature)));
        }
    }

    private static float Largest(int feature) => DemoFeatures.Set.Index.TopClips(feature).Select(clip => clip.Value).Append(DemoFeatures.Set.Index[feature].Maximum).Max();

    private static FeatureQuery FromUrl(string url)
    {
        var values = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(url);
        return FeatureQuery.Parse(name => values.TryGetValue(name, out var value) ? value.ToString() : null);
    }

    [Fact]
    public void A_range_the_wrong_way_round_is_the_same_range()
    {
        var none = new Dictionary<int, SaeDashboard.Storage.CurrentLabel>();
        var right = FeatureFilter.Apply(DemoFeatures.Set, none, new FeatureQuery { MinDensity = 1, MaxDensity = 10 });
        Assert.NotEmpty(right);
        Assert.Equal(right, FeatureFilter.Apply(DemoFeatures.Set, none, new FeatureQuery { MinDensity = 10, MaxDensity = 1 }));
    }
}
