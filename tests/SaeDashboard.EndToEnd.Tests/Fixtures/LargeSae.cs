using System.Globalization;
using System.Text;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>An SAE of 32,768 features with a label each, of made-up weights and figures; its top clips are the demo's.</summary>
internal static class LargeSae
{
    public const int Features = 32_768;

    /// <summary>Its id in addresses.</summary>
    public const string Id = "large";

    private const int Width = 4, Clips = 12, Bins = 16, Neighbours = 4;

    private static readonly string[] Sounds = ["drum", "bell", "violin", "flute", "organ", "marimba", "voice", "guitar", "noise", "clap"];
    private static readonly string[] Kinds = ["low", "high", "soft", "bright", "distant", "fast", "slow", "muted"];

    /// <summary>The label of a feature.</summary>
    public static string Label(int feature) => string.Create(CultureInfo.InvariantCulture, $"{Kinds[feature / 10 % 8]} {Sounds[feature % 10]} no {feature}");

    /// <summary>Writes it into a site's data folder and imports its labels.</summary>
    public static async Task AddAsync(SiteProcess site)
    {
        var folder = Path.Combine(site.Data, "saes", Id);
        var random = new Random(1);
        var config = new SaeConfig { Architecture = SaeArchitecture.TopK, DIn = Width, DSae = Features, K = 2, Metadata = new SaeMetadata { HookName = "layers.4.resid_post" } };
        var tensors = config.TensorShapes().ToDictionary(each => each.Name, each => Enumerable.Range(0, (int)each.Shape.Aggregate((one, other) => one * other)).Select(_ => random.NextSingle() - 0.5f).ToArray());
        var sae = new SaeContents(config, tensors);
        // Whole at once: the site may look at any time.
        var draft = Path.Combine(site.Data, "large-draft");
        SaeFolders.Write(draft, sae, SaeFormat.SaeLens);
        WriteIndex(Path.Combine(draft, "index"), sae.WeightsHash(), random);
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        Directory.Move(draft, folder);

        var file = new StringBuilder("""{"export":2,"site":"00000000","at":"2026-11-23T10:15:02.123Z"}""").Append('\n');
        for (var feature = 0; feature < Features; feature++)
        {
            file.Append(CultureInfo.InvariantCulture, $$$"""
                {"kind":"label","sae":"{{{sae.WeightsHash()}}}","feature":{{{feature}}},"text":"{{{Label(feature)}}}","by":{"id":"bob","name":"Bob"},"at":"2026-11-23T10:15:02.123Z"}

                """);
        }
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        using var content = new StringContent(file.ToString());
        using var answer = await client.PostAsync(new Uri("api/v1/import?file=large", UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await Poll.UntilAsync("the large SAE is listed", TimeSpan.FromSeconds(60), async () => (await client.GetAsync(new Uri($"features/{Id}", UriKind.Relative))).IsSuccessStatusCode);
    }

    private static void WriteIndex(string folder, string hash, Random random)
    {
        using var demo = FeatureIndex.Open(Path.Combine(Clone.Demo, "sae", "index"));
        using var dataset = ClipDataset.Open(Path.Combine(Clone.Demo, "dataset"));
        float[] Values(double scale) => [.. Enumerable.Range(0, Features).Select(_ => (float)(random.NextDouble() * scale))];
        // Evenly on a log scale, from one column in a million to one in three.
        float[] densities = [.. Enumerable.Range(0, Features).Select(_ => (float)Math.Pow(10, -6 + 5.5 * random.NextDouble()))];
        var ones = Enumerable.Repeat((byte)1, Features).ToArray();
        var places = Features * Clips;
        var info = new FeatureIndexInfo
        {
            SaeHash = hash, ModelHash = demo.Info.ModelHash, DatasetHash = demo.Info.DatasetHash, Dataset = demo.Info.Dataset, Hook = "layers.4.resid_post", Layer = 4, FrameRate = 50, Features = Features,
            ColumnsMeasured = 1_000_000, ClipsMeasured = 400, TopClips = Clips, HistogramBins = Bins, Neighbours = Neighbours, KeptDefault = Features, KeptAnyFrame = Features, CreatedUtc = DateTimeOffset.UtcNow,
        };
        FeatureIndexWriter.Save(folder, info, new FeatureIndexData
        {
            ColumnDensity = densities, ClipDensity = Values(0.25), ClipDensityAny = Values(0.25), P99 = Values(2), P99Thin = new byte[Features], Maximum = Values(4), Mean = Values(1), Variance = Values(1),
            Skewness = Values(1), Kurtosis = Values(1), Positives = new long[Features], Kept = ones, KeptAny = ones, Hue = [.. Enumerable.Range(0, Features).Select(feature => (byte)(feature % 24))], DecoderNorm = Values(1),
            Histogram = [.. Enumerable.Range(0, Features * Bins).Select(_ => random.Next(1000))],
            Neighbour = [.. Enumerable.Range(0, Features * Neighbours).Select(_ => random.Next(Features))], NeighbourCosine = new float[Features * Neighbours],
            TopClip = [.. Enumerable.Range(0, places).Select(_ => random.Next(dataset.Clips.Count))], TopValue = [.. Enumerable.Range(0, places).Select(place => 4 - place % Clips * 0.1f)],
            TopColumn = [.. Enumerable.Range(0, places).Select(_ => 10 + random.Next(200))],
            StripStart = [.. Enumerable.Range(0, places + 1).Select(at => (long)at)], StripColumn = new byte[places], StripValue = new byte[places],
        });
    }
}
