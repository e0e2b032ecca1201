using System.Globalization;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Features;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Features;

namespace SaeDashboard.Worker.Runs;

/// <summary>Where the choice of clips begins in its stage.</summary>
/// <param name="Clips">Clips that are read for it.</param>
/// <param name="Before">Clips of the stage that were done before.</param>
/// <param name="Seconds">Seconds that it was thought to take; 0: not known.</param>
internal sealed record DetectionProgress(int Clips, int Before, double Seconds);

/// <summary>The part of a run that chooses the clips that names are tested on: after the index, within its stage.</summary>
/// <param name="run">The run's folder, open.</param>
/// <param name="cancellation">Ends it; the index stays without these clips.</param>
internal sealed class DetectionStage(RunFolder run, CancellationToken cancellation)
{
    /// <summary>Chooses the clips and writes them into the index.</summary>
    /// <param name="folder">The SAE's folder.</param>
    /// <param name="sae">The SAE.</param>
    /// <param name="index">Its index.</param>
    /// <param name="model">The model.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="sets">The clips.</param>
    /// <param name="stored">The activations of those that the SAE was trained on; null: the model computes them.</param>
    /// <param name="captions">Whether the model reads captions; null: what the SAE's folder says.</param>
    /// <param name="start">Where it begins.</param>
    public void Choose(
        string folder, SparseAutoencoder sae, FeatureIndex index, MusicGenModel model, ClipDataset dataset, DetectionSets sets, IActivationSource? stored, bool? captions, DetectionProgress start)
    {
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Chooses clips to test names on, from {sets.Count:N0} clips."));
        var total = start.Before + start.Clips;
        var speed = new ProgressEstimator(start.Clips);
        var log = new PeriodicLog(run);
        var labelled = sets.Train.Count + sets.Select.Count;
        var report = new SynchronousProgress<ClipProgress>(p =>
        {
            var done = Math.Min(start.Clips, p.Stage == DetectionClipsBuilder.TestStage ? labelled + p.Clips : p.Clips);
            speed.Update(done);
            var remaining = speed.EtaSeconds ?? (start.Seconds > 0 ? start.Seconds * (start.Clips - done) / start.Clips : null);
            run.Report(StageName.Index, RunState.Running, Math.Min(start.Before + done, total - 1), total, speed.Rate * dataset.Frames, remaining);
            log.Log(string.Create(CultureInfo.InvariantCulture, $"{p.Stage}: read {done:N0} of {start.Clips:N0} clips."));
        });
        var built = sets.Build(folder, sae, index, model, dataset, stored, captions, report, cancellation);
        run.RequirePresent();
        built.Save(index.Folder);
        run.Log($"Clips to test names on: {DetectionVerb.Said(index, built.Info, DetectionVerb.Whole(index))}.");
    }
}
