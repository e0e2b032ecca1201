using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker;

/// <summary>Loads a model and shows how far it is.</summary>
internal static class ModelLoading
{
    public static MusicGenModel Load(string folder, ConsoleProgress progress) =>
        MusicGenModel.Load(folder, new SynchronousProgress<LoadProgress>(p =>
        {
            // Only what is whole is shown as whole.
            var total = (p.Total + 999_999) / 1_000_000;
            progress.Report("Loading the model", p.Done == p.Total ? total : Math.Min(p.Done / 1_000_000, total - 1), total, "MB");
        }));
}
