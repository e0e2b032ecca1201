using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Scores;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Scores;

/// <summary>People's scores in the list of features and on the page of one.</summary>
public sealed class TrustListTests
{
    private static readonly FeatureSet Set = DemoFeatures.Set;
    private static readonly Dictionary<int, CurrentLabel> None = [];

    // Mean 0.95, apart by 0.1; mean 0.7, apart by 0.3; voted on too few clips.
    private static readonly Dictionary<int, LabelTrust> Trust = new()
    {
        [3] = new LabelTrust(2, new DetectionScore(0.9, 1, 5, 5, 5), 0.1), [1337] = new LabelTrust(1, new DetectionScore(0.6, 0.8, 5, 5, 5), 0.3), [8] = new LabelTrust(1, new DetectionScore(null, null, 3, 2, 2), null),
    };

    [Fact]
    public void The_list_is_sorted_and_filtered_by_peoples_score_and_by_disagreement()
    {
        int[] Find(string address) => FeatureFilter.Apply(Set, None, FeatureQuery.OfText(address), trust: Trust);
        Assert.Equal([3, 1337], Find("?sort=people&all=1").Take(2));
        Assert.Equal([1337, 3], Find("?sort=people&reverse=1&all=1").Take(2));
        Assert.Equal([1337, 3], Find("?sort=disagreement&all=1").Take(2));
        Assert.Equal([3, 1337], Find("?people=0&all=1&sort=index"));
        Assert.Equal([3], Find("?people=0.75&all=1"));
        Assert.Equal([1337], Find("?disagreement=0.2&all=1"));
        // No one voted: nothing fits, and nothing is lost without the filter.
        Assert.Empty(FeatureFilter.Apply(Set, None, FeatureQuery.OfText("?people=0&all=1")));
        var query = FeatureQuery.OfText("?people=0.75&disagreement=0.2&sort=people");
        Assert.Equal((0.75, 0.2, FeatureSort.People), (query.MinPeople!.Value, query.MinDisagreement!.Value, query.Sort));
        Assert.Equal(query, FeatureQuery.OfText(query.ToQueryString()));
        Assert.Equal(["kept by the feature filter", "people’s AUROC ≥ 0.75", "judges apart by 0.2"], FeatureChips.Of(query, []).Select(chip => chip.Words));
    }

    [Fact]
    public void The_facets_count_what_they_would_show()
    {
        var all = FeatureQuery.Default with { All = true };
        var facets = FeatureCatalog.PageOf(Set, None, all with { MinDisagreement = 0.2 }, trust: Trust).Facets;
        // Of those that judges differ on, and of those that people trust: each counts what the other leaves.
        Assert.Equal([0, 0, 1, 1], facets.People!);
        Assert.Equal(1, facets.Disagreement);
        Assert.Equal([1, 1, 2, 2], FeatureCatalog.PageOf(Set, None, all, trust: Trust).Facets.People!);
        Assert.Null(FeatureCatalog.PageOf(Set, None, all).Facets.People);
    }

    [Fact]
    public async Task A_concept_that_is_chosen_has_a_column_with_each_features_auroc()
    {
        await using var page = new BunitContext();
        page.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        IRenderedComponent<FeatureTable> Show(string address, IReadOnlyDictionary<int, LabelTrust>? trust = null) => page.Render<FeatureTable>(parameters => parameters
            .Add(table => table.SaeId, "demo").Add(table => table.Set, Set).Add(table => table.Query, FeatureQuery.OfText(address)).Add(table => table.Page, FeatureCatalog.PageOf(Set, None, FeatureQuery.OfText(address), trust: trust)));
        var shown = Show("?concept=silence");
        var first = FeatureFilter.Apply(Set, None, FeatureQuery.OfText("?concept=silence"))[0];
        Assert.Contains(FormattableString.Invariant($"AUROC {Set.Index.Measures!.ConceptAuroc[first]:0.00}"), shown.Find("tbody tr").TextContent, StringComparison.Ordinal);
        Assert.Contains("sort=concept", shown.FindAll("th a").Single(link => link.TextContent == "Concept, AUROC").GetAttribute("href"), StringComparison.Ordinal);
        // What it is sorted by comes first.
        var people = Show("?concept=silence&sort=people", Trust);
        Assert.DoesNotContain(people.FindAll("th a"), link => link.TextContent == "Concept, AUROC");
        Assert.Contains("0.95", Show("?sort=people&all=1", Trust).Find("tbody tr").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_panel_has_a_row_for_each_judge_says_what_is_missing_and_shows_the_clips_when_they_are_asked_for()
    {
        const int feature = 1337;
        using var store = new ScoreStore();
        var key = new FeatureKey(Set.SaeHash, feature);
        var rows = Set.Detection!.Of(feature, DetectionKind.Positive).Select(clip => (clip.Row, ClipJudgement.Fits)).Take(5).Append((Set.Detection.Of(feature, DetectionKind.Random)[0].Row, ClipJudgement.Fits)).ToArray();
        store.Vote(store.Queue(feature), feature, "ada", AnnotationVerdict.Accept, "taiko drums", rows);
        store.Labels.Name(key, "taiko drums", null, ScoreStore.Person("ada"));
        await using var page = new BunitContext();
        page.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        page.Services.AddSingleton(store.Scores).AddSingleton(store.Labels).AddSingleton(store.Actors);
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        var shown = page.Render<TrustPanel>(parameters => parameters.Add(panel => panel.SaeId, "demo").Add(panel => panel.Set, Set).Add(panel => panel.Row, Set.Row(feature, store.LabelOf(feature))).Add(panel => panel.Label, store.LabelOf(feature)));
        Assert.Equal("How far to trust this label", shown.Find("h2").TextContent);
        Assert.Equal([("people", "true"), ("captions", "true"), ("captions", "false")], shown.FindAll("tbody tr").Take(3).Select(row => (row.GetAttribute("data-judge")!, row.GetAttribute("data-same")!)));
        Assert.Contains("too few votes: 1 of 5", shown.Find("[data-judge=people]").TextContent, StringComparison.Ordinal);
        Assert.Contains("too few votes: 0 of 5", shown.Find("[data-judge=people]").TextContent, StringComparison.Ordinal);
        Assert.Matches(@"floor 0\.50[\s\S]*floor 0\.51", shown.Find("[data-judge=captions][data-same=false]").TextContent);
        Assert.Empty(shown.FindAll(".judged"));
        await shown.FindAll("details").Single(each => each.TextContent.Contains("Clip by clip", StringComparison.Ordinal)).TriggerEventAsync("ontoggle", EventArgs.Empty);
        Assert.Equal(30, shown.FindAll(".judged li").Count);
        var wrong = shown.Find($".judged li[data-row='{rows[5].Row}']");
        Assert.Contains("wrong: people", wrong.TextContent, StringComparison.Ordinal);
        Assert.Contains($"/{rows[5].Row}", wrong.QuerySelector("button")!.GetAttribute("data-play"), StringComparison.Ordinal);
        // Another label, given elsewhere: the votes are of an earlier one.
        await shown.InvokeAsync(() => store.Labels.Name(key, "kick drum", null, ScoreStore.Person("bob")));
        shown.Render(parameters => parameters.Add(panel => panel.Label, store.LabelOf(feature)));
        Assert.Empty(shown.FindAll("[data-judge=people]"));
        Assert.Contains("an earlier label, revision 1", shown.Find("[data-stale=earlierLabel]").TextContent, StringComparison.Ordinal);
    }
}
