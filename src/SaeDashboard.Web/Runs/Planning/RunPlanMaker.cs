using System.Globalization;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Makes the plan that the worker reads.</summary>
public static class RunPlanMaker
{
    /// <summary>Histograms of a run: enough for a heat map whose columns are narrow.</summary>
    private const int Histograms = 40;

    /// <param name="request">What was asked for.</param>
    /// <param name="root">Where things are kept.</param>
    /// <param name="stored">A store that fits; null: one is collected.</param>
    public static RunPlan Make(RunRequest request, DataRoot root, StoredActivations? stored) => new()
    {
        ModelPath = request.Model.Path,
        DatasetPath = request.Dataset.Path,
        Layer = request.Layer,
        Condition = request.Condition,
        Split = RunRequest.Split,
        Clips = request.AllClips ? null : request.Clips,
        ActivationsPath = stored?.Path ?? Path.Combine(root.Activations, StoreName(request)),
        SaePath = Path.Combine(root.Saes, Ids.New("sae")),
        Train = new JsonObject
        {
            ["latents"] = request.Latents,
            ["k"] = request.K,
            ["steps"] = request.Steps,
            ["batch"] = request.Batch,
            ["learningRate"] = request.LearningRate,
            ["seed"] = request.Seed,
            ["histograms"] = Histograms,
        },
    };

    /// <summary>Says what is inside, so that of two runs waiting with the same data the second finds what the first collects.</summary>
    private static string StoreName(RunRequest request) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Short(request.Model.Hash)}-{Short(request.Dataset.Hash)}-layer{request.Layer}-{request.Condition}-{request.Clips}");

    private static string Short(string? hash) => hash is { Length: >= 8 } ? hash[..8] : throw new InvalidOperationException("A model or data set without a hash is refused by the form.");
}
