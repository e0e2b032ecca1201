using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Importing;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.Worker.Importing;

namespace SaeDashboard.Worker.Runs;

/// <summary>A run that makes a dataset of a folder of sounds. What it has encoded is kept in the run's folder until the dataset is whole.</summary>
/// <param name="plan">The settings.</param>
/// <param name="run">The run's folder, open.</param>
/// <param name="cancellation">Ends it with its state kept.</param>
internal sealed class ImportStage(RunPlan plan, RunFolder run, CancellationToken cancellation)
{
    /// <summary>The folder in a run's folder that keeps what is encoded.</summary>
    public const string WorkName = "import";

    // A run that moves to another machine keeps its folder's name.
    private string Id => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run.Path)));

    /// <summary>Imports what is not imported yet.</summary>
    /// <param name="begin">Called once nothing is refused any more.</param>
    /// <returns>True: it is done.</returns>
    /// <exception cref="UserException">The folder, the table or a setting cannot be used, or the dataset exists.</exception>
    public bool Run(Action begin)
    {
        var work = Path.Combine(run.Path, WorkName);
        var config = Path.Combine(run.Path, "config.json");
        var import = plan.Import ?? throw new UserException($"{config} says not what to import: \"import\" is missing.");
        if (Directory.Exists(plan.DatasetPath))
        {
            if (ImportedDataset.Report(plan.DatasetPath) is not { } made || made.Id != Id) throw new UserException($"{plan.DatasetPath} exists already: give the run another place for its dataset (datasetPath in {config}).");
            // A process was killed after the dataset had its name, and before it said so.
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
            return Finish(made);
        }
        using var codec = SoundCodec.Load(plan.ModelPath);
        var importer = new DatasetImporter(import, plan.DatasetPath, work, codec, followLinks: false, run.Log);
        importer.Prepare(cancellation);
        begin();
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Imports {importer.Sounds.Items.Count:N0} sounds of {importer.Sounds.Folder} into {plan.DatasetPath}, as clips of {importer.ClipSeconds:0.##} s."));
        ProgressEstimator? speed = null;
        var log = new PeriodicLog(run);
        return Finish(importer.Run(Id, progress =>
        {
            run.RequirePresent();
            // The total is an estimate until every file was opened: the rate is in seconds of sound, the rest is computed here.
            speed ??= new ProgressEstimator(0, progress.Seconds);
            speed.Update(progress.Seconds);
            var left = speed.Rate > 0 ? (progress.AllSeconds - progress.Seconds) / speed.Rate : (double?)null;
            var (done, all) = ((long)progress.Seconds, (long)Math.Ceiling(progress.AllSeconds) + 1);
            run.Report(StageName.Import, RunState.Running, done, all, speed.Rate, left);
            log.Log(string.Create(CultureInfo.InvariantCulture, $"Imported {progress.Files:N0} of {progress.AllFiles:N0} files, {progress.Seconds:N0} s of sound; at {progress.File}."));
        }, cancellation));
    }

    private bool Finish(ImportReport made)
    {
        var refused = made.Refused.Values.Sum();
        run.Log(string.Create(CultureInfo.InvariantCulture, $"{made.Files:N0} files became {made.Clips:N0} clips in {plan.DatasetPath}. {(refused == 0 ? "Nothing was refused." : $"{refused:N0} files or rows were refused: {Path.Combine(plan.DatasetPath, ImportReport.RefusedName)} says why.")}"));
        run.Report(StageName.Import, RunState.Done, made.Files, made.Files, 0, 0);
        return true;
    }
}
