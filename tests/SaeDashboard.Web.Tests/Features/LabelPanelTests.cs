using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>The label of a feature on its page, and what is suggested for it.</summary>
public sealed class LabelPanelTests : IAsyncLifetime
{
    private static readonly Actor Ann = new("local", "Ann");

    // Several suggestions: of a test, of top captions and of descriptors.
    private static readonly int Feature = Enumerable.Range(0, DemoFeatures.Set.Index.Count).First(feature => DemoFeatures.Set.Suggestions(feature) is { Count: 3 } all && all[0].IsSure);

    private readonly BunitContext page = new();
    private readonly TemporaryFolder folder = new();
    private Database database = null!;
    private FeatureLabels labels = null!;

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(folder["data"]);
        database = Database.Open(folder["data"]);
        labels = new FeatureLabels(new LabelRepository(database), new RatingRepository(database), new CountingStore());
        page.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        page.Services.AddSingleton(labels).AddSingleton(TimeProvider.System).AddSingleton(new ActorAccessor(new SignedIn(), new PeopleHere(new UserRepository(database)))).AddScoped<PageWrites>();
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Without_a_label_each_suggestion_is_there_with_how_far_to_trust_it_and_a_takes_the_first()
    {
        var shown = Show();
        var all = DemoFeatures.Set.Suggestions(Feature);
        Assert.Equal($"{all[0].Words}?", shown.Find("h1").TextContent);
        Assert.Contains("unnamed", shown.Find("h1").ClassList);
        // What the key "a" reads.
        Assert.Equal(all[0].Words, shown.Find("header").GetAttribute("data-hint"));
        var rows = shown.FindAll(".suggestions li");
        Assert.Equal(all.Select(each => each.Words), rows.Select(row => row.QuerySelector(".words")!.TextContent));
        for (var place = 0; place < all.Count; place++)
        {
            Assert.Contains(all[place].Method, rows[place].TextContent, StringComparison.Ordinal);
            Assert.Contains(all[place].Trust, rows[place].TextContent, StringComparison.Ordinal);
        }
        Assert.Matches(@"tells its clips from near misses [01]\.\d\d, permuted labels 0\.50; from random clips [01]\.\d\d, permuted labels 0\.50", rows[0].TextContent);
        Assert.Contains("not tested", rows[1].TextContent, StringComparison.Ordinal);
        // The panel's own button takes the first; the others have one each.
        Assert.Equal(["", all[1].Words, all[2].Words], shown.FindAll("[data-accept-label]").Select(button => button.GetAttribute("data-accept-label") ?? "").Order(Comparer<string>.Create((one, other) => Place(one).CompareTo(Place(other)))));

        int Place(string words) => words.Length == 0 ? -1 : all.Select(each => each.Words).ToList().IndexOf(words);
    }

    [Fact]
    public void With_a_label_the_suggestions_are_folded_and_nothing_is_to_be_accepted()
    {
        labels.Name(new FeatureKey(DemoFeatures.Set.SaeHash, Feature), "big drums", null, Ann);
        var shown = Show();
        Assert.Equal("big drums", shown.Find("h1").TextContent);
        Assert.DoesNotContain("unnamed", shown.Find("h1").ClassList);
        Assert.Equal("3 suggestions", shown.Find("details.suggested summary").TextContent);
        Assert.False(shown.Find("details.suggested").HasAttribute("open"));
        Assert.Equal(3, shown.FindAll("details.suggested li").Count);
        Assert.Empty(shown.FindAll("[data-accept-label]"));
    }

    [Fact]
    public void A_feature_without_suggestions_says_what_to_do()
    {
        var none = Enumerable.Range(0, DemoFeatures.Set.Index.Count).First(feature => DemoFeatures.Set.Index.Kept[feature] != 0 && DemoFeatures.Set.Suggestion(feature) is null);
        var shown = Show(none);
        Assert.Equal("unlabelled", shown.Find("h1").TextContent);
        Assert.Contains("Listen to the clips, then label it.", shown.Find(".by").TextContent, StringComparison.Ordinal);
        Assert.Empty(shown.FindAll(".suggestions, [data-accept-label]"));
    }

    private IRenderedComponent<LabelPanel> Show(int? feature = null) => page.Render<LabelPanel>(parameters => parameters
        .Add(each => each.SaeId, "demo").Add(each => each.Set, DemoFeatures.Set).Add(each => each.Row, DemoFeatures.Set.Row(feature ?? Feature, null)));

    private sealed class SignedIn : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(Ann)));
    }
}
