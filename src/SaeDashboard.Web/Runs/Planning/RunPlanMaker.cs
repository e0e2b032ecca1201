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
    public static RunPlan Make(RunRequest request, StoredActivations? stored) => new()
    {
        ModelPath = request.Model.Path,
        DatasetPath = request.Dataset.Path,
        Layer = request.Layer,
        Condition = request.Condition,
        Split = RunRequest.Split,
        Clips = request.AllClips ? null : request.Clips,
        ActivationsPath = stored?.Path ?? "",
        SaePath = "",
        Train = new JsonObject
        {
            ["architecture"] = request.Architecture.Id,
            ["latents"] = request.Latents,
            ["k"] = request.K,
            ["steps"] = request.Steps,
            ["batch"] = request.Batch,
            ["learningRate"] = request.LearningRate,
            ["seed"] = request.Seed,
            ["histograms"] = Histograms,
        },
    };
}
