using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The line collect → train → index → ready, as it is rendered.</summary>
public sealed class RunStageLineTests
{
    [Fact]
    public async Task A_running_run_shows_what_is_done_what_runs_and_what_comes()
    {
        RunStage[] stages = [new(StageName.Collect, StageState.Reused, 1, null), new(StageName.Train, StageState.Running, 0.5, 13), new(StageName.Index, StageState.Waiting, 0, 40)];
        var html = await RenderAsync(RunSamples.View(RunState.Running, StageName.Train, stages, 800, 1600));
        Assert.Contains("data-stage=\"collect\" data-state=\"reused\"", html, StringComparison.Ordinal);
        Assert.Contains("activations reused", html, StringComparison.Ordinal);
        Assert.Matches("aria-current=\"step\" data-stage=\"train\" data-state=\"running\"", html);
        Assert.Contains("50%", html, StringComparison.Ordinal);
        Assert.Contains("about 40 s", html, StringComparison.Ordinal);
        Assert.Contains("data-stage=\"ready\" data-state=\"waiting\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_run_has_every_stage_behind_it()
    {
        var html = await RenderAsync(RunSamples.View(RunState.Done, StageName.Index));
        Assert.Contains("aria-valuenow=\"100\"", html, StringComparison.Ordinal);
        foreach (var stage in new[] { "collect", "train", "index", "ready" })
            Assert.Contains($"data-stage=\"{stage}\" data-state=\"done\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_only_indexes_has_that_stage_alone()
    {
        var run = RunSamples.View(RunState.Running, StageName.Index, [new(StageName.Collect, StageState.Reused, 1, null), new(StageName.Train, StageState.Reused, 1, null), new(StageName.Index, StageState.Running, 0.25, 60)]);
        var html = await RenderAsync(run with { Plan = run.Plan with { Kind = RunKind.Index } });
        Assert.Contains("data-stage=\"index\" data-state=\"running\"", html, StringComparison.Ordinal);
        Assert.Contains("25%", html, StringComparison.Ordinal);
        Assert.DoesNotContain("data-stage=\"train\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("data-stage=\"collect\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_is_a_stage_of_its_own()
    {
        var run = RunSamples.View(RunState.Running, StageName.Import, [new(StageName.Import, StageState.Running, 0.25, 60)]);
        var html = await RenderAsync(run with { Plan = run.Plan with { Kind = RunKind.Import } });
        Assert.Contains("data-stage=\"import\" data-state=\"running\"", html, StringComparison.Ordinal);
        foreach (var other in new[] { "collect", "train", "index" }) Assert.DoesNotContain($"data-stage=\"{other}\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("data-stage=\"import\"", await RenderAsync(RunSamples.View(RunState.Running, StageName.Train)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_evaluation_is_a_stage_of_a_run_that_asks_for_one_alone()
    {
        var run = RunSamples.View(RunState.Running, StageName.Evaluate, [new(StageName.Collect, StageState.Done, 1, 0), new(StageName.Train, StageState.Done, 1, 0), new(StageName.Evaluate, StageState.Running, 0.5, 4), new(StageName.Index, StageState.Waiting, 0, 9)]);
        Assert.DoesNotContain("data-stage=\"evaluate\"", await RenderAsync(run), StringComparison.Ordinal);
        var html = await RenderAsync(run with { Plan = run.Plan with { Evaluation = new RunEvaluation() } });
        Assert.Contains("data-stage=\"evaluate\" data-state=\"running\"", html, StringComparison.Ordinal);
        Assert.Contains("data-stage=\"train\" data-state=\"done\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_failed_says_in_which_stage()
    {
        var html = await RenderAsync(RunSamples.View(RunState.Failed, StageName.Train));
        Assert.Contains("data-stage=\"collect\" data-state=\"done\"", html, StringComparison.Ordinal);
        Assert.Contains("data-stage=\"train\" data-state=\"failed\"", html, StringComparison.Ordinal);
    }

    private static async Task<string> RenderAsync(RunView run)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<RunStageLine>(ParameterView.FromDictionary(new Dictionary<string, object?> { ["Run"] = run }))).ToHtmlString());
    }
}
