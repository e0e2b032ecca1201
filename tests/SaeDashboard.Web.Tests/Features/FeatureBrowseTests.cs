using System.Text;
using System.Text.Json;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Scores;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Chips, selections and exports of a list of features.</summary>
public sealed class FeatureBrowseTests
{
    private static readonly FeatureListRow Mine = new("list-1", "Low drums", DemoFeatures.Set.SaeHash, [3, 8], "ann", "Ann", false, DateTimeOffset.UnixEpoch, null);

    [Fact]
    public void Every_filter_is_a_chip_and_without_all_of_them_everything_is_shown()
    {
        var query = new FeatureQuery
        {
            MinDensity = 2, LeastColumns = 0.1, MostColumns = 3, MinMaximum = 1, Label = LabelFilter.Suggested, Stars = 4, Concept = "piano", MinStability = 0.7, Guests = true, Commented = true, List = "list-1", Page = 7,
        };
        var chips = FeatureChips.Of(query, [Mine]);
        Assert.Equal(
        [
            "kept by the feature filter", "fires in at least 2% of clips", "fires in 0.1–3% of columns", "max ≥ 1", "unlabelled, with a suggestion", "4 stars or more", "best concept: piano", "stability ≥ 0.7",
            "mystery guests", "has comments", "list: Low drums",
        ], chips.Select(chip => chip.Words));
        while (FeatureChips.Of(query, [Mine]) is [var first, ..]) query = first.Without;
        Assert.Equal(new FeatureQuery { All = true }, query);
        Assert.Equal("a list that is not here", FeatureChips.Of(new FeatureQuery { All = true, List = "other" }, [Mine])[0].Words);
        Assert.True(FeatureChips.IsPlain(new FeatureQuery { Sort = FeatureSort.Density, Text = "x" }));
        Assert.False(FeatureChips.IsPlain(new FeatureQuery { All = true }));
    }

    [Theory]
    [InlineData("3,12-15,7", "3,7,12-15")]
    [InlineData("15-12,x,-3,4-,1-2-3, 9 ", "9")]
    [InlineData("2040-3000", "2040-2047")]
    [InlineData("99999999999,5,5", "5")]
    [InlineData(null, "")]
    public void A_selection_is_read_from_an_address_and_written_the_same(string? text, string expected)
    {
        var selected = FeatureSelection.Parse(text, 2048);
        Assert.Equal(expected, FeatureSelection.Format(selected));
        Assert.Equal(selected, FeatureSelection.Parse(expected, 2048));
    }

    [Fact]
    public void A_selection_as_bits_may_be_of_any_size_and_names_features_of_the_dictionary_alone()
    {
        Assert.Equal([0, 7, 8], FeatureSelection.OfBits([129, 1], 2048));
        Assert.Equal([0, 7], FeatureSelection.OfBits([129, 1], 8));
        Assert.Empty(FeatureSelection.OfBits([], 2048));
        Assert.Equal(Enumerable.Range(0, 32_768), FeatureSelection.OfBits([.. Enumerable.Repeat((byte)255, 4096)], 32_768));
    }

    [Fact]
    public void A_selection_has_a_most() => Assert.Equal(FeatureSelection.Max, FeatureSelection.Parse("0-2047", 2048).Count);

    [Fact]
    public async Task The_table_holds_labels_figures_and_nothing_that_a_spreadsheet_would_run()
    {
        var labels = new Dictionary<int, CurrentLabel> { [3] = new(1, "=cmd|'/c calc'!A0, \"loud\"", "Ann", 4.5, 2) };
        using var store = new ScoreStore();
        var features = new[] { 3, 1337 }.Select(feature => ExportedFeature.Of(DemoFeatures.Set, labels, store.Scores, feature)).ToArray();
        using var csv = new StringWriter();
        await FeatureExport.CsvAsync(csv, features);
        var lines = csv.ToString().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("feature,label,author,stars,ratings,suggestion,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("3,\"'=cmd|'/c calc'!A0, \"\"loud\"\"\",Ann,4.5,2,", lines[1], StringComparison.Ordinal);
        Assert.Equal(lines[0].Split(',').Length, lines[2].Replace("\"", "", StringComparison.Ordinal).Split(',').Length - $"{features[1].TopCaption}{features[1].Suggestion}".Count(letter => letter == ','));
        var names = lines[0].Split(',');
        using var json = new MemoryStream();
        await FeatureExport.JsonLinesAsync(json, features, TestContext.Current.CancellationToken);
        var objects = Encoding.UTF8.GetString(json.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(names, objects[0].EnumerateObject().Select(member => member.Name));
        Assert.Equal("=cmd|'/c calc'!A0, \"loud\"", objects[0].GetProperty("label").GetString());
        // The same number as in the index, to the last bit.
        var index = DemoFeatures.Set.Index;
        Assert.Equal((index.P99[1337], index[1337].DecoderNorm), (objects[1].GetProperty("p99").GetSingle(), objects[1].GetProperty("decoderNorm").GetSingle()));
        Assert.Equal(JsonValueKind.Null, objects[1].GetProperty("label").ValueKind);
    }

    [Fact]
    public void What_people_wrote_is_encoded_in_a_row_and_a_page_of_rows_stays_small()
    {
        var label = new CurrentLabel(1, "<img src=x onerror=alert(1)> \"drums\" & é", "Ann", 4, 1);
        var html = new FeatureCells(DemoFeatures.Set, "demo", "?q=%22<drum>", ["<IMG", "drum"], true, _ => "<b>").Of(DemoFeatures.Set.Row(1337, label));
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Contains("<mark>&lt;img</mark> src=x onerror=alert(1)&gt; &quot;<mark>drum</mark>s&quot; &amp; é</a>", html, StringComparison.Ordinal);
        Assert.Contains("href=\"features/demo/1337?q=%22&lt;drum&gt;\"", html, StringComparison.Ordinal);
        var cells = new FeatureCells(DemoFeatures.Set, "demo", "", [], true, null);
        var page = FeatureCatalog.PageOf(DemoFeatures.Set, new Dictionary<int, CurrentLabel>(), FeatureQuery.Default);
        Assert.InRange(page.Rows.Sum(row => Encoding.UTF8.GetByteCount(cells.Of(row))), 10_000, 60_000);
    }

    [Fact]
    public void An_outline_has_the_heights_of_the_bars()
    {
        Assert.Equal("M0 20V0h1V20h2V10h1V19h1V20z", HistogramPath.Outline([999_999, 0, 0, 999, 1], 20));
        Assert.Equal("", HistogramPath.Outline(new int[40], 20));
    }

    [Fact]
    public void An_export_has_the_address_of_what_it_exports()
    {
        var query = new FeatureQuery { Text = "drum & bass", Page = 4, Clips = ClipView.Near };
        Assert.Equal("api/v1/saes/demo/features.csv?q=drum%20%26%20bass", FeatureExportEndpoints.Address("demo", query, "csv", []));
        Assert.Equal("api/v1/saes/demo/features.jsonl?select=3-5,9", FeatureExportEndpoints.Address("demo", FeatureQuery.Default, "jsonl", [3, 4, 5, 9]));
    }
}
