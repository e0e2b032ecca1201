using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Training;

/// <summary>One of several SAEs that are trained side by side.</summary>
/// <param name="Name">What it is called among them.</param>
/// <param name="Config">Its settings.</param>
/// <param name="Source">Its columns.</param>
/// <param name="Layer">Which of the source's layers, by its place in the source.</param>
/// <param name="Run">Where metrics, status, log and checkpoints go.</param>
/// <param name="ExportFolder">The SAELens folder to make; it must not exist.</param>
/// <param name="Begin">Called when nothing is refused any more and before anything is written into the run's folder: write its settings then.</param>
public sealed record SaeJob(string Name, TrainConfig Config, IColumnSource Source, int Layer, RunFolder Run, string ExportFolder, Action? Begin = null);
