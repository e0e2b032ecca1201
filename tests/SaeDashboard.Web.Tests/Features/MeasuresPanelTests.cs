using System.Globalization;
using System.Text.Json.Nodes;
using Bunit;
using MudBlazor.Services;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>What the page of a feature says of its measures.</summary>
public sealed class MeasuresPanelTests : IAsyncLifetime
{
    private readonly BunitContext page = new();
    private readonly TemporaryFolder folder = new();

    public ValueTask InitializeAsync()
    {
        page.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void Every_measure_of_the_demo_is_there_with_its_unit()
    {
        var index = DemoFeatures.Set.Index;
        var measures = index.Measures!;
        var feature = Enumerable.Range(0, index.Count).First(each => index.Kept[each] != 0 && measures.CoFiring(each).Any(pair => pair.Lag != 0));
        var shown = Show(DemoFeatures.Set, feature);
        var words = shown.Markup;
        Assert.Contains(measures.Stability[feature].ToString("0.00", CultureInfo.InvariantCulture), words, StringComparison.Ordinal);
        Assert.Contains($"best concept: {measures.BestConcept(feature)!.Value.Concept}", words, StringComparison.Ordinal);
        Assert.Equal(measures.CoFiring(feature).Count, shown.FindAll(".together li").Count);
        var lagged = measures.CoFiring(feature).First(pair => pair.Lag != 0);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(lagged.Lag)} column"), words, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"({Math.Abs(lagged.Lag) / 50.0:0.00} s) {(lagged.Lag > 0 ? "later" : "earlier")}"), words, StringComparison.Ordinal);
        Assert.Equal(measures.Info.Descriptors, shown.FindAll(".sounds li span:first-child").Select(each => each.TextContent));
        Assert.NotEmpty(shown.Find("figure[role=img]").GetAttribute("aria-label")!);
    }

    [Fact]
    public void A_best_concept_is_put_beside_the_other_features_that_have_it_and_the_captions()
    {
        var measures = DemoFeatures.Set.Index.Measures!;
        const int taiko = 1337;
        var match = measures.BestConcept(taiko)!.Value;
        // A second way: the list of features, with the filter that the link leads to.
        var query = new FeatureQuery { Concept = match.Concept, Sort = FeatureSort.Concept, All = true };
        var list = FeatureFilter.Apply(DemoFeatures.Set, new Dictionary<int, CurrentLabel>(), query);
        var words = Show(DemoFeatures.Set, taiko).Find(".concept");
        Assert.Equal($"features/demo{query.ToQueryString()}", words.QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains($"{list.Length} features have {match.Concept} as their best concept; by AUROC this one is number {list.Count(other => measures.ConceptAuroc[other] > match.Auroc) + 1} of them.", Plain(words.TextContent), StringComparison.Ordinal);
        Assert.Contains($"12 of 12 captions say “{DemoFeatures.Set.Hint(taiko)!.Words}”", Plain(words.TextContent), StringComparison.Ordinal);
        Assert.Contains("agree loosely", words.TextContent, StringComparison.Ordinal);
        Assert.Contains("No annotated concept explains", Show(DemoFeatures.Set, DemoFeatures.Set.Index.Guests![0].Feature).Find(".concept").TextContent, StringComparison.Ordinal);

        static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Bars_go_to_the_side_of_their_sign()
    {
        var index = DemoFeatures.Set.Index;
        var feature = Enumerable.Range(0, index.Count).First(each => index.Measures!.Correlations(each)[0] > 0.05f && index.Measures.Correlations(each)[1] < -0.05f);
        var bars = Show(DemoFeatures.Set, feature).FindAll(".bar i").Select(bar => bar.GetAttribute("style")!).ToArray();
        Assert.StartsWith("left:50%", bars[0], StringComparison.Ordinal);
        Assert.DoesNotContain("left:50%", bars[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_mystery_guest_has_its_rank_and_others_have_none()
    {
        var index = DemoFeatures.Set.Index;
        Assert.NotEmpty(index.Guests!);
        Assert.Contains("rank", Show(DemoFeatures.Set, index.Guests![0].Feature).Find(".guest").TextContent, StringComparison.Ordinal);
        Assert.Empty(Show(DemoFeatures.Set, Enumerable.Range(0, index.Count).First(feature => index.GuestRank(feature) is null)).FindAll(".guest"));
    }

    [Fact]
    public void An_index_of_an_earlier_version_and_one_of_a_newer_say_what_to_do()
    {
        Assert.Contains("built by an earlier version. Index the SAE again", Show(Changed("old", info => info.Remove("measures")), 3).Markup, StringComparison.Ordinal);
        Assert.Contains("Update the program", Show(Changed("new", info => info["measures"]!["version"] = 9), 3).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_measured_is_said()
    {
        var set = Changed("part", info =>
        {
            info["measures"]!["secondSae"] = null;
            info["measures"]!["concepts"] = new JsonArray();
        });
        var words = Show(set, 3).Markup;
        Assert.Contains("--second-seed", words, StringComparison.Ordinal);
        Assert.Contains("no annotated concepts", words, StringComparison.Ordinal);
        Assert.DoesNotContain("best concept:", words, StringComparison.Ordinal);
    }

    private FeatureSet Changed(string name, Action<JsonObject> change)
    {
        Directory.CreateDirectory(folder[name]);
        foreach (var file in Directory.GetFiles(Path.Combine(DemoFeatures.Sae, "index"))) File.Copy(file, Path.Combine(folder[name], Path.GetFileName(file)));
        var json = Path.Combine(folder[name], "index.json");
        var info = JsonNode.Parse(File.ReadAllText(json))!.AsObject();
        change(info);
        File.WriteAllText(json, info.ToJsonString());
        return new FeatureSet(FeatureIndex.Open(folder[name]), null, null);
    }

    private IRenderedComponent<MeasuresPanel> Show(FeatureSet set, int feature) => page.Render<MeasuresPanel>(with => with
        .Add(shown => shown.SaeId, "demo").Add(shown => shown.Set, set).Add(shown => shown.Index, feature).Add(shown => shown.Labels, new Dictionary<int, CurrentLabel>()));
}
