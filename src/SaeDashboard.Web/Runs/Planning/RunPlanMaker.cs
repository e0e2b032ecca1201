using System.Text.Json.Nodes;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Makes the plan that the worker reads.</summary>
public static class RunPlanMaker
{
    /// <summary>Histograms of a run: enough for a heat map whose columns are narrow.</summary>
    private const int Histograms = 40;

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

    private static JsonObject Train(RunRequest request)
    {
        var train = new JsonObject { ["architecture"] = request.Architecture.Id, ["latents"] = request.Latents };
        if (request.Architecture.HasK || request.K != RunFormReader.DefaultK) train["k"] = request.K;
        train["steps"] = request.Steps;
        train["batch"] = request.Batch;
        train["learningRate"] = request.LearningRate;
        train["seed"] = request.Seed;
        train["histograms"] = Histograms;
        return train;
    }
}
