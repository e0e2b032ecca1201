using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Saes;

/// <summary>Reads the <c>cfg.json</c> of SAELens, of any version, and writes that of version 6. docs/sae-folders.md says what each member meant when.</summary>
internal static class SaeLensConfig
{
    public static readonly (string Name, SaeArchitecture Value)[] Architectures =
    [
        ("standard", SaeArchitecture.Standard), ("topk", SaeArchitecture.TopK),
        ("jumprelu", SaeArchitecture.JumpRelu), ("gated", SaeArchitecture.Gated),
    ];

    private static readonly (string Name, InputNormalization Value)[] Normalizations =
    [
        ("none", InputNormalization.None), ("expected_average_only_in", InputNormalization.ExpectedAverageOnlyIn),
        ("layer_norm", InputNormalization.LayerNorm), ("constant_norm_rescale", InputNormalization.ConstantNormRescale),
    ];

    /// <summary>Architectures that exist only while SAELens trains.</summary>
    private static readonly string[] TrainingOnly = ["batchtopk", "matryoshka_batchtopk"];

    /// <exception cref="UserException">A member is missing, of another kind, or has a value this program does not know.</exception>
    public static SaeConfig Parse(JsonMembers json)
    {
        var config = IsNested(json) ? ParseNested(json, json.Object(SaeMetadataJson.Member)) : SaeLensFlatConfig.Parse(json);
        return config.K <= config.DSae ? config : throw new UserException($"{json.Path}: \"k\" is {config.K}, more than the {config.DSae} latents there are.");
    }

    /// <summary>Whether <c>metadata</c> says where the SAE comes from (version 6), or the top level does.</summary>
    public static bool IsNested(JsonMembers json) => SaeLensVersion.IsNested(json, json.Object(SaeMetadataJson.Member));

    public static string NameOf(InputNormalization normalization) => Normalizations.First(entry => entry.Value == normalization).Name;

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
            ["normalize_activations"] = NameOf(config.NormalizeActivations),
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

    /// <summary>The architecture; what only SAELens's trainer has is refused with what to do.</summary>
    public static SaeArchitecture Architecture(JsonMembers json, SaeArchitecture? missing)
    {
        json.Refuse("architecture", json.Text("architecture", null) is { } name && TrainingOnly.Contains(name),
            "a training checkpoint (SAELens's save_inference_model writes it as a jumprelu SAE)");
        return json.OneOf("architecture", Architectures, missing);
    }

    /// <summary>Versions 1 and 2 knew only whether activations were scaled to an average norm.</summary>
    public static InputNormalization Normalization(JsonMembers json)
    {
        const string Name = "normalize_activations";
        if (json.Json[Name]?.GetValueKind() is JsonValueKind.True or JsonValueKind.False)
            return json.Truth(Name, false) ? InputNormalization.ExpectedAverageOnlyIn : InputNormalization.None;
        return json.OneOf(Name, Normalizations, InputNormalization.None);
    }

    /// <summary>Refuses activations that are not one vector of the whole width a column.</summary>
    public static void RefuseOtherShapes(JsonMembers json, JsonMembers origin, string headIndex)
    {
        json.Refuse("reshape_activations", json.Text("reshape_activations", "none") != "none", "activations in another shape");
        origin.Refuse(headIndex, origin.Has(headIndex), "one attention head's activations");
    }

    private static SaeConfig ParseNested(JsonMembers json, JsonMembers metadata)
    {
        var architecture = Architecture(json, null);
        RefuseOtherShapes(json, metadata, "hook_head_index");
        return new SaeConfig
        {
            Architecture = architecture,
            DIn = json.Positive("d_in"),
            DSae = json.Positive("d_sae"),
            K = architecture == SaeArchitecture.TopK ? json.Positive("k") : 0,
            ApplyBDecToInput = json.Truth("apply_b_dec_to_input", true),
            NormalizeActivations = Normalization(json),
            RescaleActsByDecoderNorm = architecture == SaeArchitecture.TopK && json.Truth("rescale_acts_by_decoder_norm", false),
            Metadata = SaeMetadataJson.Parse(metadata),
        };
    }
}
