namespace SaeDashboard.Sae.Training;

/// <summary>What a run that began with another's checkpoint keeps of it for good: in its checkpoints and in what it exports.</summary>
/// <param name="Run">The name of the other run's folder.</param>
/// <param name="Step">The step of its checkpoint.</param>
/// <param name="Columns">Columns trained on until then.</param>
internal sealed record ForkOrigin(string Run, long Step, long Columns)
{
    /// <summary>Columns trained on by the time a step is done.</summary>
    public static long ColumnsAt(ForkOrigin? origin, TrainConfig config, long step) =>
        origin is null ? step * config.Batch : origin.Columns + (step - origin.Step) * config.Batch;
}
