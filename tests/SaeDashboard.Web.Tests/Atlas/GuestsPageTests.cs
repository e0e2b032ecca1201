using System.Text.Json.Nodes;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Storage;
using SaeDashboard.Web.Atlas;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Atlas;

/// <summary>The mystery guests of an index with made-up measures, and what the page says where they were not measured.</summary>
public sealed class GuestsPageTests : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly BunitContext page = new();

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void Guests_are_listed_by_rank_with_their_figures_and_voices()
    {
        var shown = Render(Measured(stability: true, concepts: true));
        var index = FeatureIndex.Open(folder["sae/index"]);
        var guests = index.Guests!;
        Assert.InRange(guests.Count, 60, 500);
        var rows = shown.FindAll("tbody tr");
        Assert.Equal(50, rows.Count);
        for (var i = 0; i < 3; i++)
        {
            var feature = guests[i].Feature;
            Assert.Equal($"{i + 1}", rows[i].QuerySelector("td.rank")!.TextContent);
            Assert.Equal($"features/demo/{feature}", rows[i].QuerySelector("a.name")!.GetAttribute("href"));
            Assert.Equal($"api/v1/saes/demo/features/{feature}/voice.wav", rows[i].QuerySelector("[data-play]")!.GetAttribute("data-play"));
            Assert.NotNull(rows[i].QuerySelector("svg.portrait"));
            Assert.Contains(FormattableString.Invariant($"{index.Measures!.Stability[feature]:0.00}"), rows[i].TextContent, StringComparison.Ordinal);
            Assert.Contains(FormattableString.Invariant($"{index.Measures.PositionR2[feature]:0.00}"), rows[i].TextContent, StringComparison.Ordinal);
            Assert.Contains(FormattableString.Invariant($"{index.Measures.ConceptAuroc[feature]:0.00} bass"), rows[i].TextContent, StringComparison.Ordinal);
        }
        Assert.Contains("page 1 of", shown.Find("caption").TextContent, StringComparison.Ordinal);
        Assert.Equal("features/demo/guests?page=2", shown.Find("nav a").GetAttribute("href"));
    }

    [Theory]
    [InlineData(false, true, "--second-seed")]
    [InlineData(true, false, "annotated concepts")]
    public void What_was_not_measured_is_said_with_what_to_do(bool stability, bool concepts, string said)
    {
        var shown = Render(Measured(stability, concepts));
        Assert.Contains("Not measured", shown.Markup, StringComparison.Ordinal);
        Assert.Contains(said, shown.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void The_map_is_sent_what_was_measured()
    {
        var set = new FeatureSet(FeatureIndex.Open(Path.Combine(Measured(stability: true, concepts: true), "index")), null, null);
        var bytes = new OpenedAtlas(set).Points!.Bytes.Span;
        Assert.Equal(3, bytes[12]);
        var count = set.Index.Count;
        // Positions, p99, then density, AUROC, concept, stability and guest ranks of two bytes each, hue and marks.
        Assert.Equal(16 + count * (8 + 4 + 2 * 5 + 2), bytes.Length);
        var best = set.Index.Guests![0].Feature;
        Assert.Equal(1, BitConverter.ToUInt16(bytes[(16 + count * (8 + 4 + 2 * 4) + 2 * best)..]));
        Assert.Equal(0, BitConverter.ToUInt16(bytes[(16 + count * (8 + 4 + 2 * 2) + 2 * best)..]));
    }

    private IRenderedComponent<GuestsPage> Render(string sae)
    {
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        page.Services.AddLogging().AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        page.Services.AddSingleton(Database.Open(folder.Path)).AddSingleton<LabelRepository>().AddSingleton<RatingRepository>().AddSingleton(TimeProvider.System);
        page.Services.AddSingleton(DataRoot.Open(folder["data"], folder["demo"])).AddSingleton<DiskProbe>().AddSingleton<IStoreAccess, StoreAccess>().AddSingleton<FeatureLabels>();
        page.Services.AddSingleton<IServeClient>(new FakeDecoder(folder.Path)).AddSingleton(new WavCache(folder["clips"], 1 << 20)).AddSingleton<ClipLibrary>().AddSingleton<FeatureCatalog>();
        page.Services.AddSingleton<ICatalog>(new FakeCatalog { Saes = [new CatalogSae { Id = "demo", Name = "demo", Path = sae, State = CatalogState.Ready, HasIndex = true, DatasetId = "demo", ModelId = "demo", Hook = "layers.4.resid_post" }] });
        return page.Render<GuestsPage>(parameters => parameters.Add(each => each.SaeId, "demo"));
    }

    /// <summary>The demo's index with measures that were drawn at random, in an SAE's folder.</summary>
    private string Measured(bool stability, bool concepts)
    {
        var index = folder["sae/index"];
        Directory.CreateDirectory(index);
        foreach (var file in Directory.GetFiles(Path.Combine(DemoFeatures.Sae, "index")).Where(file => Path.GetFileName(file) != "measures.safetensors")) File.Copy(file, Path.Combine(index, Path.GetFileName(file)));
        var features = DemoFeatures.Set.Index.Count;
        var random = new Random(3);
        float[] Values(float least, float most) => [.. Enumerable.Range(0, features).Select(_ => least + (most - least) * random.NextSingle())];
        var measures = new FeatureMeasuresInfo { Clips = 1, Columns = 1, PositionBins = 2, CoFiring = 1, Concepts = concepts ? ["bass"] : [], SecondSae = stability ? "abc" : null };
        var info = JsonNode.Parse(File.ReadAllText(Path.Combine(index, "index.json")))!;
        info["measures"] = System.Text.Json.JsonSerializer.SerializeToNode(measures, JsonDefaults.Data);
        File.WriteAllText(Path.Combine(index, "index.json"), info.ToJsonString());
        var writer = new SafetensorsWriter();
        writer.Add("position_histogram", new int[2 * features], features, 2);
        writer.Add("position_r2", Values(0, 0.5f), features);
        writer.Add("co_firing", new int[features], features, 1);
        writer.Add("co_firing_phi", new float[features], features, 1);
        writer.Add("co_firing_lag", new int[features], features, 1);
        writer.Add("co_firing_phi_at_lag", new float[features], features, 1);
        if (stability) writer.Add("stability", Values(0.5f, 1), features);
        if (concepts)
        {
            writer.Add("concept", new int[features], features);
            writer.Add("concept_level", new byte[features], features);
            writer.Add("concept_lag", new int[features], features);
            writer.Add("concept_auroc", Values(0.4f, 0.9f), features);
            writer.Add("concept_chosen_auroc", Values(0.4f, 0.9f), features);
        }
        writer.Save(Path.Combine(index, "measures.safetensors"));
        return folder["sae"];
    }
}
