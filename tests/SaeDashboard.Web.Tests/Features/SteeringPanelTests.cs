using Bunit;
using MudBlazor.Services;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Steering;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>What the pages of an SAE and of a feature say of steering.</summary>
public sealed class SteeringPanelTests : IAsyncLifetime
{
    private readonly BunitContext page = new();
    private readonly TemporaryFolder folder = new();

    public ValueTask InitializeAsync()
    {
        page.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        Directory.CreateDirectory(folder["sae/index"]);
        foreach (var file in Directory.GetFiles(Path.Combine(DemoFeatures.Sae, "index"))) File.Copy(file, Path.Combine(folder["sae/index"], Path.GetFileName(file)));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await page.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void An_SAE_without_a_table_says_how_to_make_one()
    {
        Assert.Contains("evaluate-steering", Panel(Open()).Markup, StringComparison.Ordinal);
        // A table of other weights is not this SAE's.
        Write("other", 3);
        Assert.Null(Open().Steering);
    }

    [Fact]
    public void The_table_has_its_rates_with_intervals_and_every_feature_its_reason()
    {
        Write(DemoFeatures.Set.SaeHash, 3);
        var set = Open();
        var shown = Panel(set);
        Assert.Contains("1 of 3", shown.Markup, StringComparison.Ordinal);
        Assert.Contains("33 % (6 to 79)", shown.Markup, StringComparison.Ordinal);
        Assert.Equal(["another feature", "random, fixed"], shown.FindAll("th[scope=row]").Select(cell => cell.TextContent));
        var rows = shown.FindAll("details tbody tr").Select(row => row.TextContent).ToArray();
        Assert.Equal(3, rows.Length);
        Assert.Contains("+0.42 (0.20 to 0.60)", rows[0], StringComparison.Ordinal);
        Assert.Contains("not above random", rows[1], StringComparison.Ordinal);
        Assert.Contains("largest r 0.05", rows[2], StringComparison.Ordinal);
        Assert.Equal("features/demo/1", shown.Find("details tbody a").GetAttribute("href"));
        Assert.Equal("api/v1/saes/demo/steering", shown.Find("a.button").GetAttribute("href"));

        var line = page.Render<SteeringLine>(with => with.Add(one => one.SaeId, "demo").Add(one => one.Feature, set.Steered(1)!)).Markup;
        Assert.Contains("steers: +0.42 over random, q = 0.01", line, StringComparison.Ordinal);
        Assert.Contains("at 2 × p99", line, StringComparison.Ordinal);
        Assert.Null(set.Steered(9));
    }

    [Fact]
    public void A_page_has_a_hundred_rows_at_most_and_a_damaged_table_costs_nothing_else()
    {
        Write(DemoFeatures.Set.SaeHash, 150);
        var shown = Panel(Open());
        Assert.Equal(100, shown.FindAll("details tbody tr").Count);
        Assert.Contains("50", shown.Find("details p").TextContent, StringComparison.Ordinal);
        File.WriteAllText(SteeringTableFile.PathIn(folder["sae"]), "{");
        var set = Open();
        Assert.Null(set.Steering);
        Assert.Contains("steering.json", Assert.Single(set.FileProblems), StringComparison.Ordinal);
    }

    private FeatureSet Open() => new(FeatureIndex.Open(folder["sae/index"]), null, null);

    private IRenderedComponent<SteeringPanel> Panel(FeatureSet set) => page.Render<SteeringPanel>(with => with
        .Add(panel => panel.SaeId, "demo").Add(panel => panel.Set, set).Add(panel => panel.Labels, new Dictionary<int, CurrentLabel>()));

    private void Write(string hash, int features)
    {
        var target = new SteeringTarget(TargetKind.Class, "inst.taiko", 1, 0.6);
        AtomicFile.WriteJson(SteeringTableFile.PathIn(folder["sae"]), new SteeringTable
        {
            Source = new SteeringSource
            {
                SaeHash = hash, Architecture = "topk", Hook = "layers.4.resid_post", ModelHash = "m", DatasetHash = "d", Seconds = 5, Seeds = 8, ChoosePrompts = ["a"], ReportPrompts = ["b"],
                Strengths = [1, 2], Guidance = 3, Level = 0.05, TaggerAuroc = 0.9, TaggerClasses = 40, KeptFeatures = 100,
            },
            Groups =
            [
                new SteeringGroup
                {
                    Name = SteeringGroupName.Sample, Features = features, WithTarget = 2, Steers = new SteeringRate(1, 3, 1 / 3.0, 0.06, 0.79), SteersAboveDiffMean = new SteeringRate(0, 3, 0, 0, 0.5),
                    AboveNull = new SteeringRate(1, 2, 0.5, 0.1, 0.9), Arms = [new ArmSummary { Arm = TrialArm.OtherRow, Gain = new SteeringMean(0.5, 0.3, 0.7) }, new ArmSummary { Arm = TrialArm.FixedRandom }],
                },
            ],
            Features =
            [
                .. Enumerable.Range(1, features).Select(feature => new SteeredFeature
                {
                    Feature = feature, Groups = [SteeringGroupName.Sample], UnitLength = 1,
                    Verdict = feature switch { 1 => SteeringVerdict.Steers, 2 => SteeringVerdict.NotAboveRandom, _ => SteeringVerdict.NoTarget },
                    Target = feature < 3 ? target : null, BestCorrelation = feature < 3 ? null : 0.05, Arms = feature < 3 ? [new FeatureArm(TrialArm.Steered, 2, new SteeringMean(0.5, 0.3, 0.7), 0)] : [],
                    OverRandom = feature < 3 ? new PairedGain(0.42 / feature, 0.2, 0.6, 0.002, feature == 1 ? 0.01 : 0.2) : null,
                }),
            ],
        });
    }
}
