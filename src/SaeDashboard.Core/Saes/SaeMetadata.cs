using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Saes;

/// <summary>Where an SAE comes from: the <c>metadata</c> object of a SAELens folder.</summary>
public sealed record SaeMetadata
{
    /// <summary>The model whose residual stream was read, as its folder is called.</summary>
    public string? ModelName { get; init; }

    /// <summary>The place the activations came from as its folder says it, such as "layers.4.resid_post" or "blocks.4.hook_mlp_out".</summary>
    public string? HookName { get; init; }

    /// <summary>The data set's name.</summary>
    public string? DatasetPath { get; init; }

    /// <summary>Columns of a clip during training.</summary>
    public int? ContextSize { get; init; }

    /// <summary>SHA-256 of the model's weights, lower-case hexadecimal.</summary>
    public string? ModelHash { get; init; }

    /// <summary>SHA-256 of the data set, lower-case hexadecimal.</summary>
    public string? DatasetHash { get; init; }

    /// <summary>The settings of the training run, as they were given.</summary>
    public JsonNode? Training { get; init; }

    /// <summary>Every other member of the folder's <c>metadata</c>, written back as it was read.</summary>
    public JsonObject Others { get; init; } = [];

    /// <summary>The place that <see cref="HookName"/> names, however a library calls it; null when it names none that a MusicGen decoder has.</summary>
    public SaeHook? Hook => HookName is null ? null : SaeHook.Parse(HookName);

    /// <summary>The layer of <see cref="Hook"/>, or null.</summary>
    public int? Layer => Hook?.Layer;
}
