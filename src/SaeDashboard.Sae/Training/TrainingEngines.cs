using SaeDashboard.Sae.Training.Sparse;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>The engine that settings ask for.</summary>
internal static class TrainingEngines
{
    /// <param name="config">The settings.</param>
    /// <param name="width">Width of the columns.</param>
    /// <param name="team">The threads.</param>
    /// <param name="device">What computes; null: the CPU. The CPU may be named too: tests give it to reach the code of a GPU.</param>
    public static ITrainingEngine Of(TrainConfig config, int width, WorkerTeam team, Device? device = null) =>
        config.ChosenEngine(IsGpu(device)) == TrainEngine.Sparse ? new SparseEngine(config, width, team) : new AutogradEngine(config, team, device);

    public static bool IsGpu(Device? device) => device is { type: not TorchSharp.DeviceType.CPU };
}
