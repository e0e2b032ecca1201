using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Saes;

/// <summary>The origin of an SAE: the <c>metadata</c> object of a SAELens folder.</summary>
public sealed record SaeMetadata
{
    /// <summary>The folder name of the model whose residual stream was read.</summary>
    public string? ModelName { get; init; }

    /// <summary>The hook point of the activations as the folder names it, such as "layers.4.resid_post" or "blocks.4.hook_mlp_out".</summary>
    public string? HookName { get; init; }

    /// <summary>The dataset's name.</summary>
    public string? DatasetPath { get; init; }

    /// <summary>Columns of a clip during training.</summary>
    public int? ContextSize { get; init; }

    /// <summary>SHA-256 of the model's weights, lower-case hexadecimal.</summary>
    public string? ModelHash { get; init; }

    /// <summary>SHA-256 of the dataset, lower-case hexadecimal.</summary>
    public string? DatasetHash { get; init; }

    /// <summary>The settings of the training run.</summary>
    public JsonNode? Training { get; init; }

    /// <summary>Every other member of the folder's <c>metadata</c>, written back as it was read.</summary>
    public JsonObject Others { get; init; } = [];

    /// <summary>The hook point that <see cref="HookName"/> names, in any library's notation; null: not one of a MusicGen decoder.</summary>
    public SaeHook? Hook => HookName is null ? null : SaeHook.Parse(HookName);

    /// <summary>The layer of <see cref="Hook"/>, or null.</summary>
    public int? Layer => Hook?.Layer;
}

/// <summary>
/// <see cref="SaeMetadata"/> as the <c>metadata</c> object of a SAELens folder. The other formats have no such object and ignore unknown
/// members, so it is written there too, and a converted SAE keeps its origin.
/// </summary>
internal static class SaeMetadataJson
{
    public const string Member = "metadata";

    /// <summary>What the files of an SAE's folder are called in messages.</summary>
    public const string Kind = "an SAE's configuration";

    /// <summary>Members with their own property.</summary>
    private static readonly string[] OwnMembers =
        ["model_name", "hook_name", "dataset_path", "context_size", "model_hash", "dataset_hash", "training"];

    /// <param name="reader">The object.</param>
    /// <param name="passedOver">Members that do not describe the SAE's origin.</param>
    public static SaeMetadata Parse(JsonObjectReader reader, params ReadOnlySpan<string> passedOver)
    {
        var others = new JsonObject();
        foreach (var member in reader.Element.EnumerateObject())
        {
            if (!OwnMembers.Contains(member.Name) && !passedOver.Contains(member.Name)) others[member.Name] = JsonSerializer.SerializeToNode(member.Value);
        }
        return new SaeMetadata
        {
            ModelName = reader.TextOrNone("model_name"),
            HookName = reader.TextOrNone("hook_name"),
            DatasetPath = reader.TextOrNone("dataset_path"),
            ContextSize = reader.IntegerOrNone("context_size"),
            ModelHash = reader.TextOrNone("model_hash"),
            DatasetHash = reader.TextOrNone("dataset_hash"),
            Training = reader.Copy("training"),
            Others = others,
        };
    }

    /// <param name="metadata">The metadata to write.</param>
    /// <param name="forSaeLens">Whether SAELens will read it, which requires some members.</param>
    /// <param name="passedOver">Members of <see cref="SaeMetadata.Others"/> that are elsewhere in the folder.</param>
    public static JsonObject ToJson(SaeMetadata metadata, bool forSaeLens, params ReadOnlySpan<string> passedOver)
    {
        var json = new JsonObject();
        foreach (var (name, value) in metadata.Others)
        {
            if (!passedOver.Contains(name)) json[name] = value?.DeepClone();
        }
        if (forSaeLens)
        {
            // The version describes the written form, not the source: below 6 SAELens would expect another form.
            json[SaeLensVersion.Member] = SaeLensVersion.ToWrite(json[SaeLensVersion.Member] is JsonValue there && there.TryGetValue<string>(out var version) ? version : null);
            json["sae_lens_training_version"] ??= SaeLensVersion.Written;
        }
        json["model_name"] = metadata.ModelName;
        json["hook_name"] = metadata.HookName;
        json["dataset_path"] = metadata.DatasetPath;
        json["context_size"] = metadata.ContextSize;
        if (forSaeLens) json["prepend_bos"] ??= true;
        json["model_hash"] = metadata.ModelHash;
        json["dataset_hash"] = metadata.DatasetHash;
        json["training"] = metadata.Training?.DeepClone();
        return json;
    }
}
