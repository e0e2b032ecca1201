namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Makes the plan that the worker reads.</summary>
public static class RunPlanMaker
{
    /// <summary>Histograms of a run: enough for a heat map whose columns are narrow.</summary>
    private const int Histograms = 40;

    /// <summary>What the form sets; the plan leaves the rest to the trainer, or to the run that is forked.</summary>
    private static readonly TrainSetting[] FormSettings =
    [
        .. new[]
        {
            nameof(TrainConfig.Architecture), nameof(TrainConfig.Latents), nameof(TrainConfig.K), nameof(TrainConfig.Steps), nameof(TrainConfig.Batch),
            nameof(TrainConfig.LearningRate), nameof(TrainConfig.Seed), nameof(TrainConfig.Histograms),
        }.Select(TrainSetting.Of),
    ];

    /// <param name="request">What was asked for.</param>
    /// <param name="stored">A store that fits; null: the registry says where one is collected.</param>
    /// <param name="fork">The checkpoint it begins with; null: none.</param>
    /// <param name="sweep">The sweep it belongs to; null: none.</param>
    public static RunPlan Make(RunRequest request, StoredActivations? stored, RunFork? fork = null, string? sweep = null) => new()
    {
        ModelPath = request.Model.Path,
        DatasetPath = request.Dataset.Path,
        Layer = request.Layer,
        Point = request.Point,
        Condition = request.Condition,
        Split = RunRequest.Split,
        Clips = request.AllClips ? null : request.Clips,
        Device = request.Device,
        ComputeType = request.ComputeType,
        ActivationsPath = stored?.Path ?? "",
        SaePath = "",
        Train = Train(request),
        Fork = fork,
        Sweep = sweep,
    };

    private static TrainSettings Train(RunRequest request)
    {
        // An architecture that has no use for k is given one only where the default would not fit.
        var namesK = request.Architecture.UsesK || request.Train.K != new TrainConfig().K;
        return TrainSettings.Of(request.Train with { Histograms = Histograms }, FormSettings.Where(setting => namesK || setting.Name != "k"));
    }
}
