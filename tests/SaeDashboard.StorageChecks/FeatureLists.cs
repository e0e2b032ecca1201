using System.Diagnostics;
using System.Globalization;
using System.Text;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.StorageChecks;

/// <summary>
/// The list of 32,768 labelled features: filter, count the facets, sort and page at the server, and search with and without a misspelled word, with a
/// write before each so that nothing is a cached answer.
/// </summary>
internal static class FeatureLists
{
    private const int Features = 32_768, Rounds = 200;

    // A site that has just started still runs code that the JIT has not optimized. These rounds are printed and do not count.
    private const int Cold = 120;

    private const double MostMs = 20, MostSearchMs = 30;

    public static int Run()
    {
        using var scratch = new Scratch();
        using var database = Database.Open(scratch.Path);
        var labels = new LabelRepository(database);
        var ada = new Actor("ada", "Ada");
        Import(database, ada);
        var set = new FeatureSet(Index(Path.Combine(scratch.Path, "index")), null, null);
        FeatureQuery[] queries =
        [
            new() { All = true, Sort = FeatureSort.Label },
            new() { All = true, Sort = FeatureSort.Label, Reversed = true, Page = 300 },
            new() { All = true, Sort = FeatureSort.Stars },
            new() { All = true, Sort = FeatureSort.Density, MinDensity = 20 },
            new() { All = true, Text = "drum 1", Sort = FeatureSort.Label },
            new() { All = true, Text = "drmu kinnd", Sort = FeatureSort.Density },
            new() { All = true, Text = "7777", Sort = FeatureSort.Label },
            new() { All = true, Stars = 4, LeastColumns = 10, MostColumns = 90, List = "half", Sort = FeatureSort.P99 },
            new() { All = true, Label = LabelFilter.Labelled, Sort = FeatureSort.Maximum, Page = 2 },
        ];
        FeatureListRow[] lists = [.. new[] { "half", "few" }.Select(name => new FeatureListRow(name, name, Writers.Sae, [.. Enumerable.Range(0, Features).Where(feature => feature % (name == "half" ? 2 : 100) == 0)], "ada", "Ada", false, DateTimeOffset.UnixEpoch, null))];
        var (slow, writes) = (0, 0);
        foreach (var query in queries)
        {
            var times = new List<double>();
            for (var round = 0; round < Cold + Rounds; round++)
            {
                // Another text each time: the same again would be no write.
                labels.Add(new FeatureKey(Writers.Sae, round), $"drum {round} at {writes++}", null, ada);
                var begun = Stopwatch.GetTimestamp();
                var page = FeatureCatalog.PageOf(set, labels.Current(set.SaeHash), query, lists);
                times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                // The facets count what is left without their own filter: at least what is shown.
                if (page.Rows.Count == 0 || page.Rows[0].Label is null || page.Facets.Labelled < page.Total || query.Text == "drmu kinnd" != page.Search?.Readings.Count > 0) throw new InvalidOperationException("the page is not as it should be");
            }
            var cold = times[..Cold].Order().ElementAt(Cold / 2);
            times = [.. times[Cold..].Order()];
            var p95 = times[(int)(times.Count * 0.95)];
            if (p95 > (query.Text.Length > 0 ? MostSearchMs : MostMs)) slow++;
            Console.WriteLine($"{Features} labelled features,{(query.List.Length > 0 ? " of a list," : "")} {query.Sort}{(query.Text.Length > 0 ? $", “{query.Text}”" : "")}, page {query.Page}: median {times[times.Count / 2]:0.0} ms, p95 {p95:0.0} ms; just after the start {cold:0.0} ms");
        }
        return slow == 0 ? 0 : 1;
    }

    private static void Import(Database database, Actor ada)
    {
        var random = new Random(1);
        var file = new StringBuilder("""{"export":1,"site":"00000000","at":"2026-11-23T10:15:02.123Z"}""").Append('\n');
        for (var feature = 0; feature < Features; feature++)
        {
            file.Append(CultureInfo.InvariantCulture, $$$"""
                {"kind":"label","sae":"{{{Writers.Sae}}}","feature":{{{feature}}},"text":"drum {{{random.Next(100_000)}}} of a kind","by":{"id":"bob","name":"Bob"},"at":"2026-11-23T10:15:02.123Z","ratings":[{"by":{"id":"bob","name":"Bob"},"stars":{{{random.Next(5) + 1}}},"at":"2026-11-23T10:15:02.123Z"}]}

                """);
        }
        var begun = Stopwatch.GetTimestamp();
        new DataImport(database).Read(Encoding.UTF8.GetBytes(file.ToString()), "labels", ada);
        Console.WriteLine($"{Features} labels imported in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
    }

    private static FeatureIndex Index(string folder)
    {
        const int clips = 1, bins = 4, neighbours = 1;
        var random = new Random(2);
        float[] values = [.. Enumerable.Range(0, Features).Select(_ => random.NextSingle())];
        var ones = Enumerable.Repeat((byte)1, Features).ToArray();
        var info = new FeatureIndexInfo
        {
            SaeHash = Writers.Sae, ModelHash = Writers.Sae, DatasetHash = Writers.Sae, Dataset = "none", Hook = "layers.4.resid_post", Layer = 4, FrameRate = 50, Features = Features,
            ColumnsMeasured = 1000, ClipsMeasured = 10, TopClips = clips, HistogramBins = bins, Neighbours = neighbours, KeptDefault = Features, KeptAnyFrame = Features, CreatedUtc = DateTimeOffset.UtcNow,
        };
        FeatureIndexWriter.Save(folder, info, new FeatureIndexData
        {
            ColumnDensity = values, ClipDensity = values, ClipDensityAny = values, P99 = values, P99Thin = new byte[Features], Maximum = values, Mean = values, Variance = values,
            Skewness = values, Kurtosis = values, Positives = new long[Features], Kept = ones, KeptAny = ones, Hue = new byte[Features], DecoderNorm = values,
            Histogram = new int[Features * bins], Neighbour = new int[Features * neighbours], NeighbourCosine = new float[Features * neighbours],
            TopClip = new int[Features * clips], TopValue = new float[Features * clips], TopColumn = new int[Features * clips],
            StripStart = [.. Enumerable.Range(0, Features * clips + 1).Select(at => (long)at)], StripColumn = new byte[Features], StripValue = new byte[Features],
        });
        return FeatureIndex.Open(folder);
    }
}
