using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>The alerts about runs on every page, each once.</summary>
public sealed class RunAlertTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly RunAlertFinder finder = new();

    [Theory]
    [InlineData(RunState.Done, "Taiko is done", false)]
    [InlineData(RunState.Failed, "Taiko failed", true)]
    [InlineData(RunState.Interrupted, "Taiko was interrupted", true)]
    [InlineData(RunState.Cancelled, null, false)]
    [InlineData(RunState.Paused, null, false)]
    [InlineData(RunState.Queued, null, false)]
    public void The_end_of_a_run_is_said_unless_a_person_ended_it(RunState end, string? title, bool isProblem)
    {
        Assert.Empty(finder.Next([Run(RunState.Running)], Now));
        var alerts = finder.Next([Run(end)], Now);
        Assert.Equal(title is null ? [] : [(title, isProblem)], alerts.Select(alert => (alert.Title, alert.IsProblem)));
        Assert.Empty(finder.Next([Run(end)], Now));
    }

    [Fact]
    public void What_had_ended_before_the_page_was_opened_gives_no_alert() =>
        Assert.Empty(finder.Next([Run(RunState.Done), Run(RunState.Failed)], Now));

    [Fact]
    public void A_run_without_a_heartbeat_has_stalled_once_and_may_again()
    {
        var run = Run(RunState.Running);
        Assert.Empty(finder.Next([run], Now));
        Assert.Empty(finder.Next([run], Now.AddSeconds(59)));
        Assert.Equal("Taiko has stalled", Assert.Single(finder.Next([run], Now.AddSeconds(61))).Title);
        Assert.Empty(finder.Next([run], Now.AddSeconds(90)));
        Assert.Empty(finder.Next([Run(RunState.Running, heartbeat: Now.AddSeconds(91))], Now.AddSeconds(92)));
        Assert.Single(finder.Next([run], Now.AddSeconds(200)));
    }

    [Fact]
    public void A_loss_that_is_not_finite_and_a_reconstruction_worse_than_the_mean_are_divergence()
    {
        Assert.Empty(finder.Next([Run(RunState.Running, step: 5, metrics: ("explainedVariance", -3))], Now));
        Assert.Equal("Taiko is diverging", Assert.Single(finder.Next([Run(RunState.Running, step: 50, metrics: ("explainedVariance", -0.1))], Now)).Title);
        Assert.Empty(finder.Next([Run(RunState.Running, step: 51, metrics: ("loss", null))], Now));
        Assert.Contains("not a finite number", Assert.Single(new RunAlertFinder().Next([Run(RunState.Running, step: 51, metrics: ("loss", null))], Now)).Text, StringComparison.Ordinal);
        Assert.Empty(new RunAlertFinder().Next([Run(RunState.Running, step: 50, metrics: ("explainedVariance", 0.9))], Now));
    }

    [Fact]
    public async Task The_bell_tells_the_browser_what_is_new_and_how_many_compute()
    {
        await using var page = new BunitContext();
        page.JSInterop.Mode = JSRuntimeMode.Loose;
        var registry = new FakeRunRegistry { Runs = [Run(RunState.Running)] };
        page.Services.AddSingleton<IRunRegistry>(registry);
        page.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(Now));
        var bell = page.Render<RunAlertBell>();
        Assert.Equal("1", bell.Find("run-alert-bell").GetAttribute("running"));
        registry.Runs = [Run(RunState.Done)];
        registry.Announce("run-1");
        bell.WaitForAssertion(() =>
        {
            Assert.Equal("0", bell.Find("run-alert-bell").GetAttribute("running"));
            var alerts = Assert.IsAssignableFrom<IReadOnlyList<RunAlert>>(Assert.Single(page.JSInterop.Invocations["saeAlerts.show"]).Arguments[0]);
            Assert.Equal("Taiko is done", Assert.Single(alerts).Title);
        });
    }

    private static RunView Run(RunState state, DateTimeOffset? heartbeat = null, long step = 0, params (string Name, double? Value)[] metrics) => new(
        "run-1", "Taiko", new RunPlan { ModelPath = "m", DatasetPath = "d", Layer = 4, ActivationsPath = "a", SaePath = "s" },
        new RunStatus(StageName.Train, state, step, 100, 0, null, heartbeat ?? Now, state == RunState.Failed ? "The disk is full.\nmore" : null),
        null, null, Now, metrics.ToDictionary(metric => metric.Name, metric => metric.Value), state == RunState.Done);
}
