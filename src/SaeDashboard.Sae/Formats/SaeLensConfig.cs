using System.Text.Json.Nodes;
using SaeDashboard.Core;

namespace SaeDashboard.Sae.Formats;

/// <summary>Reads and writes the <c>cfg.json</c> of a SAELens v6 folder.</summary>
internal static class SaeLensConfig
{
    /// <summary>Below 6.0.0 SAELens runs its old migrations over the folder.</summary>
    public const string WrittenVersion = "6.18.0";

    /// <summary>Members of <c>metadata</c> that have a property of their own.</summary>
    private static readonly string[] OwnMembers =
        ["model_name", "hook_name", "dataset_path", "context_size", "model_hash", "dataset_hash", "training"];

    private static readonly (string Name, SaeArchitecture Value)[] Architectures =
    [
        ("standard", SaeArchitecture.Standard), ("topk", SaeArchitecture.TopK),
        ("jumprelu", SaeArchitecture.JumpRelu), ("gated", SaeArchitecture.Gated),
    ];

    private static readonly (string Name, InputNormalization Value)[] Normalizations =
    [
        ("none", InputNormalization.None), ("expected_average_only_in", InputNormalization.ExpectedAverageOnlyIn),
        ("layer_norm", InputNormalization.LayerNorm), ("constant_norm_rescale", InputNormalization.ConstantNormRescale),
    ];

    /// <exception cref="UserException">A member is missing, of another kind, or has a value this program does not know.</exception>
    public static SaeConfig Parse(JsonObject json, string path)
    {
        var reader = new JsonMembers(json, path);
        var architecture = reader.OneOf("architecture", Architectures, null);
        if (reader.Text("reshape_activations", "none") is not "none" and var reshape)
            throw new UserException($"{path}: \"reshape_activations\" is \"{reshape}\"; only \"none\" can be read.");

        var config = new SaeConfig
        {
            Architecture = architecture,
            DIn = reader.Positive("d_in"),
            DSae = reader.Positive("d_sae"),
            K = architecture == SaeArchitecture.TopK ? reader.Positive("k") : 0,
            ApplyBDecToInput = reader.Truth("apply_b_dec_to_input", true),
            NormalizeActivations = reader.OneOf("normalize_activations", Normalizations, InputNormalization.None),
            RescaleActsByDecoderNorm = architecture == SaeArchitecture.TopK && reader.Truth("rescale_acts_by_decoder_norm", false),
            Metadata = ParseMetadata(json["metadata"] as JsonObject ?? [], path),
        };
        if (config.K > config.DSae)
            throw new UserException($"{path}: \"k\" is {config.K}, more than the {config.DSae} latents there are.");
        return config;
    }

    public static JsonObject ToJson(SaeConfig config)
    {
        var json = new JsonObject
        {
            ["architecture"] = Architectures.First(entry => entry.Value == config.Architecture).Name,
            ["d_in"] = config.DIn,
            ["d_sae"] = config.DSae,
            ["dtype"] = "float32",
            ["device"] = "cpu",
            ["apply_b_dec_to_input"] = config.ApplyBDecToInput,
            ["normalize_activations"] = Normalizations.First(entry => entry.Value == config.NormalizeActivations).Name,
            ["reshape_activations"] = "none",
        };
        if (config.Architecture == SaeArchitecture.TopK)
        {
            json["k"] = config.K;
            json["rescale_acts_by_decoder_norm"] = config.RescaleActsByDecoderNorm;
        }
        json["metadata"] = MetadataJson(config.Metadata);
        return json;
    }

    private static SaeMetadata ParseMetadata(JsonObject json, string path)
    {
        var reader = new JsonMembers(json, path);
        var others = new JsonObject();
        foreach (var (name, value) in json)
        {
            if (!OwnMembers.Contains(name))
                others[name] = value?.DeepClone();
        }
        return new SaeMetadata
        {
            ModelName = reader.Text("model_name", null),
            HookName = reader.Text("hook_name", null),
            DatasetPath = reader.Text("dataset_path", null),
            ContextSize = json["context_size"] is null ? null : reader.Positive("context_size"),
            ModelHash = reader.Text("model_hash", null),
            DatasetHash = reader.Text("dataset_hash", null),
            Training = json["training"]?.DeepClone(),
            Others = others,
        };
    }

    private static JsonObject MetadataJson(SaeMetadata metadata)
    {
        var json = new JsonObject();
        foreach (var (name, value) in metadata.Others)
            json[name] = value?.DeepClone();
        json["sae_lens_version"] ??= WrittenVersion;
        json["sae_lens_training_version"] ??= WrittenVersion;
        json["model_name"] = metadata.ModelName;
        json["hook_name"] = metadata.HookName;
        json["dataset_path"] = metadata.DatasetPath;
        json["context_size"] = metadata.ContextSize;
        json["prepend_bos"] ??= true;
        json["model_hash"] = metadata.ModelHash;
        json["dataset_hash"] = metadata.DatasetHash;
        json["training"] = metadata.Training?.DeepClone();
        return json;
    }
}
