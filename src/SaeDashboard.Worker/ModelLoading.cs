using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker;

/// <summary>Loads a model and shows how far it is.</summary>
internal static class ModelLoading
{
    public static MusicGenModel Load(string folder, ConsoleProgress progress) => Load(folder, new ModelOptions(), progress);

    public static MusicGenModel Load(string folder, ModelOptions options, ConsoleProgress progress) =>
        MusicGenModel.Load(folder, options, new SynchronousProgress<LoadProgress>(p => progress.Report("Loading the model", p.Done, p.Total, "parts")));
}
