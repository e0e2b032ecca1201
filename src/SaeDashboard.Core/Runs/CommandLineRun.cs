namespace SaeDashboard.Core.Runs;

/// <summary>
/// What a training run of the command line reads and makes: the member "commandLine" of its config.json, beside the training settings. The site
/// shows such a run but does not start or resume it.
/// </summary>
/// <param name="Model">The model folder's name.</param>
/// <param name="Dataset">The data set's name.</param>
/// <param name="Hook">The hook point, such as "layers.4.resid_post".</param>
/// <param name="Condition">What the decoder was conditioned on: "none" or "caption".</param>
/// <param name="Split">The split of the data set.</param>
/// <param name="Clips">How many of its clips.</param>
/// <param name="ComputeType">What the model's weights were rounded to when the activations were computed.</param>
/// <param name="SaePath">The SAE folder that the run makes. Absolute.</param>
/// <param name="ActivationsPath">The activation store. Absolute; null when the model computes the columns as they are needed.</param>
/// <param name="Device">What the steps are computed on: "cpu", "cuda:0".</param>
public sealed record CommandLineRun(
    string Model, string Dataset, string Hook, string Condition, string Split, int Clips, string ComputeType, string SaePath, string? ActivationsPath, string Device)
{
    /// <summary>The member of config.json.</summary>
    public const string Member = "commandLine";
}
