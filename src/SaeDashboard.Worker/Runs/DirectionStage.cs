using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Saes;
using SaeDashboard.Worker.Steering;

namespace SaeDashboard.Worker.Runs;

/// <summary>A run that measures the difference of means of two sets of clips. It takes seconds to minutes: one that was stopped begins again.</summary>
/// <param name="plan">The settings.</param>
/// <param name="run">The run's folder, open.</param>
/// <param name="timeline">The run's time.</param>
/// <param name="progress">Where the model's loading is shown.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class DirectionStage(RunPlan plan, RunFolder run, RunTimeline timeline, ConsoleProgress progress, CancellationToken cancellation)
{
    /// <summary>Measures it and writes it into the run's folder.</summary>
    /// <param name="options">What the model computes on.</param>
    /// <param name="begin">Called once nothing is refused any more.</param>
    /// <exception cref="UserException">The sets, the model or the point cannot be used.</exception>
    public bool Run(ModelOptions options, Action begin)
    {
        var wanted = plan.Direction ?? throw new UserException($"{Path.Combine(run.Path, "config.json")} names no sets of clips: \"direction\" is missing.");
        using var dataset = ClipDataset.Open(plan.DatasetPath);
        var sets = DirectionSets.Of(dataset, wanted.Positive, wanted.Negative, wanted.Clips);
        using var model = ModelLoading.Load(plan.ModelPath, options, progress);
        var site = SaeCompatibility.SiteOf(plan.Hook);
        site.Require(model.Config.Decoder.Layers);
        begin();
        timeline.Reused(StageName.Collect);
        timeline.Reused(StageName.Train);
        timeline.Begin(StageName.Index);
        run.Log($"Measures {sets.PositiveWords} ({sets.Positive.Count} clips) less {sets.NegativeWords} ({sets.Negative.Count} clips) at {site}.");
        var total = sets.Positive.Count + sets.Negative.Count;
        var speed = new ProgressEstimator(total);
        var measured = DirectionMeasurement.Measure(model, dataset, sets, site, plan.Condition == TextConditions.Caption, (_, done, _) =>
        {
            speed.Update(done);
            run.Report(StageName.Index, RunState.Running, Math.Min(done, total - 1), total, speed.Rate, speed.EtaSeconds);
        }, cancellation);
        run.RequirePresent();
        AtomicFile.WriteJson(Path.Combine(run.Path, RunDirection.FileName), measured.Direction);
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Its length is {measured.Norm:G4}, its hash {measured.Direction.Hash}."));
        timeline.End(whole: true);
        run.Report(StageName.Index, RunState.Done, total, total, 0, 0);
        return true;
    }
}
