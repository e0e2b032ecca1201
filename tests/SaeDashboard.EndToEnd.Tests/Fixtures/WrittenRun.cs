using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>A run as a worker would leave it, without one: quick, and in any state.</summary>
internal static class WrittenRun
{
    public const int Batch = 256, Steps = 1000;

    /// <summary>Writes a run's folder and gives its id.</summary>
    /// <param name="site">The site.</param>
    /// <param name="state">Its state.</param>
    /// <param name="step">The last step of 1,000.</param>
    /// <param name="fork">The run, and step, that it begins with; null: none.</param>
    /// <param name="sae">Where its SAE is; null: it has none.</param>
    /// <param name="clock">The time in its id; null: now.</param>
    public static string Write(SiteProcess site, RunState state, int step = Steps, (string Run, int Step)? fork = null, string? sae = null, TimeProvider? clock = null)
    {
        using var run = Begin(site, step, fork, sae, clock);
        run.Report(StageName.Train, state, step, Steps, 0, 0);
        return Path.GetFileName(run.Path);
    }

    /// <summary>Waits until the site has seen the run: it looks for new folders every other second.</summary>
    public static async Task IsKnownAsync(SiteProcess site, string run)
    {
        using var client = new HttpClient { BaseAddress = new Uri(site.Url) };
        await Poll.UntilAsync($"{run} is known", TimeSpan.FromSeconds(30), async () => (await client.GetAsync(new Uri($"runs/{run}", UriKind.Relative))).IsSuccessStatusCode);
    }

    /// <summary>The same, while it works: the caller ends it.</summary>
    public static RunFolder Begin(SiteProcess site, int step, (string Run, int Step)? fork = null, string? sae = null, TimeProvider? clock = null)
    {
        var run = RunFolder.Open(Path.Combine(site.Data, "runs", Ids.New("run", clock)));
        var config = new JsonObject
        {
            ["modelPath"] = Path.Combine(Clone.Demo, "model"), ["datasetPath"] = Path.Combine(Clone.Demo, "dataset"), ["layer"] = 4, ["activationsPath"] = Path.Combine(site.Data, "activations", "written"),
            ["saePath"] = sae ?? "", ["train"] = new JsonObject { ["architecture"] = "topK", ["latents"] = 256, ["k"] = 16, ["batch"] = Batch, ["steps"] = Steps },
        };
        if (fork is { } from) config["fork"] = new JsonObject { ["runPath"] = Path.Combine(site.Data, "runs", from.Run), ["step"] = from.Step };
        run.WriteConfig(config);
        for (var at = 10; at <= step; at += 10) run.Metric(new { Step = at, Columns = at * Batch, Loss = 1.0 / at, ExplainedVariance = 0.9, L0 = 16.0, TokensPerSecond = 5e4, Seconds = at * 0.01 });
        run.Report(StageName.Train, RunState.Running, step, Steps, 0, null);
        return run;
    }
}
