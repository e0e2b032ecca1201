using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker;

/// <summary>Loads a model and shows how far it is.</summary>
internal static class ModelLoading
{
    public static MusicGenModel Load(string folder, ConsoleProgress progress) =>
        MusicGenModel.Load(folder, new SynchronousProgress<LoadProgress>(p => progress.Report("Loading the model", Megabytes(p.Done), Megabytes(p.Total), "MB")));

    // The last started one counts, so that only what is whole is shown as whole.
    private static long Megabytes(long bytes) => (bytes + 999_999) / 1_000_000;
}
