using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Saes;

/// <summary>Reads the <c>cfg.json</c> of SAELens, version 6 and 5, and writes that of version 6.</summary>
internal static class SaeLensConfig
{
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

    /// <summary>Members of the flat configuration of version 5 by which it is known.</summary>
    private static readonly string[] FlatMembers = ["hook_name", "hook_point", "activation_fn_str", "activation_fn", "finetuning_scaling_factor"];

    /// <summary>Members of the flat configuration that say what is computed; the rest says where the SAE comes from.</summary>
    private static readonly string[] FlatSettings =
    [
        "architecture", "d_in", "d_sae", "k", "dtype", "device", "apply_b_dec_to_input", "normalize_activations", "reshape_activations", "finetuning_scaling_factor",
        "activation_fn_str", "activation_fn", "activation_fn_kwargs", "hook_point", "metadata",
    ];

    /// <exception cref="UserException">A member is missing, of another kind, or has a value this program does not know.</exception>
    public static SaeConfig Parse(JsonMembers json)
    {
        var metadata = json.Object(SaeMetadataJson.Member);
        var flat = !metadata.Has("sae_lens_version") && !json.Has("sae_lens_version") && FlatMembers.Any(json.Has);
        var config = flat ? ParseFlat(json) : ParseNested(json, metadata);
        return config.K <= config.DSae ? config : throw new UserException($"{json.Path}: \"k\" is {config.K}, more than the {config.DSae} latents there are.");
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
        json[SaeMetadataJson.Member] = SaeMetadataJson.ToJson(config.Metadata, forSaeLens: true);
        return json;
    }

    private static SaeConfig ParseNested(JsonMembers json, JsonMembers metadata)
    {
        var architecture = json.OneOf("architecture", Architectures, null);
        json.Refuse("reshape_activations", json.Text("reshape_activations", "none") != "none", "activations in another shape");
        return new SaeConfig
        {
            Architecture = architecture,
            DIn = json.Positive("d_in"),
            DSae = json.Positive("d_sae"),
            K = architecture == SaeArchitecture.TopK ? json.Positive("k") : 0,
            ApplyBDecToInput = json.Truth("apply_b_dec_to_input", true),
            NormalizeActivations = json.OneOf("normalize_activations", Normalizations, InputNormalization.None),
            RescaleActsByDecoderNorm = architecture == SaeArchitecture.TopK && json.Truth("rescale_acts_by_decoder_norm", false),
            Metadata = SaeMetadataJson.Parse(metadata),
        };
    }

    /// <summary>Version 5 and older: one flat object, with the defaults and the old names of members that SAELens reads it with.</summary>
    private static SaeConfig ParseFlat(JsonMembers json)
    {
        var architecture = json.OneOf("architecture", Architectures, SaeArchitecture.Standard);
        var activation = json.Has("activation_fn_str") ? "activation_fn_str" : "activation_fn";
        var isTopK = json.Text(activation, "relu") == "topk";
        json.Refuse(activation, !isTopK && json.Text(activation, "relu") != "relu", "an activation other than relu or topk");
        json.Refuse(activation, isTopK && architecture is SaeArchitecture.JumpRelu or SaeArchitecture.Gated, $"topk in a {architecture.Name()} SAE");
        json.Refuse("finetuning_scaling_factor", json.Truth("finetuning_scaling_factor", false), "a factor for each latent");
        json.Refuse("hook_head_index", json.Has("hook_head_index"), "one attention head's activations");
        var metadata = SaeMetadataJson.Parse(json, FlatSettings);
        if (metadata.HookName is null && json.Text("hook_point", null) is { } point) metadata = metadata with { HookName = point };
        json.Refuse("reshape_activations", json.Text("reshape_activations", "none") != "none", "activations in another shape");
        json.Refuse("hook_name", metadata.HookName?.Contains("hook_z", StringComparison.Ordinal) == true, "activations in another shape");
        if (isTopK) architecture = SaeArchitecture.TopK;
        return new SaeConfig
        {
            Architecture = architecture,
            DIn = json.Positive("d_in"),
            DSae = json.Positive("d_sae"),
            K = architecture == SaeArchitecture.TopK ? json.Object("activation_fn_kwargs").Positive("k") : 0,
            ApplyBDecToInput = json.Truth("apply_b_dec_to_input", true),
            NormalizeActivations = json.Json["normalize_activations"]?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False
                ? json.Truth("normalize_activations", false) ? InputNormalization.ExpectedAverageOnlyIn : InputNormalization.None
                : json.OneOf("normalize_activations", Normalizations, InputNormalization.None),
            Metadata = metadata,
        };
    }
}
