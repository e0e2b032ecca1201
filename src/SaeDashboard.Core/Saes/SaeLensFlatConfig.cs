using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Saes;

/// <summary>
/// The flat <c>cfg.json</c> of SAELens before version 6: an SAE's configuration, or the whole runner's, in which it stands. Names, defaults and
/// precedence are those of SAELens's own loaders (docs/sae-folders.md).
/// </summary>
internal static class SaeLensFlatConfig
{
    /// <summary>Members that say what is computed; the rest says where the SAE comes from.</summary>
    private static readonly string[] Settings =
    [
        "architecture", "d_in", "d_sae", "k", "dtype", "device", "apply_b_dec_to_input", "normalize_activations", "reshape_activations", Factor,
        ActivationName, OldActivationName, ActivationSettings, OldHookName, "rescale_acts_by_decoder_norm", SaeMetadataJson.Member,
    ];

    private const string Factor = "finetuning_scaling_factor", ActivationName = "activation_fn_str", OldActivationName = "activation_fn",
        ActivationSettings = "activation_fn_kwargs", HookName = "hook_name", OldHookName = "hook_point", HeadIndex = "hook_head_index";

    /// <exception cref="UserException">A member is of another kind, or asks for what is not computed here.</exception>
    public static SaeConfig Parse(JsonMembers json)
    {
        var architecture = SaeLensConfig.Architecture(json, SaeArchitecture.Standard);
        var activation = Either(json, ActivationName, OldActivationName);
        var isTopK = json.Text(activation, "relu") == "topk";
        json.Refuse(activation, !isTopK && json.Text(activation, "relu") != "relu", "an activation other than relu or topk");
        json.Refuse(activation, isTopK && architecture is SaeArchitecture.JumpRelu or SaeArchitecture.Gated, $"topk in a {architecture.Name()} SAE");
        SaeLensConfig.RefuseOtherShapes(json, json, Either(json, HeadIndex, "hook_point_head_index"));
        var metadata = Metadata(json);
        json.Refuse(Either(json, HookName, OldHookName), metadata.HookName?.Contains("hook_z", StringComparison.Ordinal) == true, "activations in another shape");
        var chooses = isTopK || architecture == SaeArchitecture.TopK;
        return new SaeConfig
        {
            Architecture = chooses ? SaeArchitecture.TopK : architecture,
            DIn = json.Positive("d_in"),
            DSae = json.Positive("d_sae"),
            K = chooses ? K(json, architecture) : 0,
            ApplyBDecToInput = json.Truth("apply_b_dec_to_input", true),
            NormalizeActivations = SaeLensConfig.Normalization(json),
            RescaleActsByDecoderNorm = architecture == SaeArchitecture.TopK && json.Truth("rescale_acts_by_decoder_norm", false),
            Metadata = metadata,
        };
    }

    /// <summary>
    /// Refuses factors of the latents that the configuration does not speak of. Versions 1 and 2 name the method that trained them, later ones
    /// say whether they are there.
    /// </summary>
    public static void RequireFactors(JsonMembers json, string tensor, string weights)
    {
        if (json.Truth(Factor, !SaeLensConfig.IsNested(json) && json.Has("finetuning_method"))) return;
        throw json.Wrong(Factor, $", but tensor \"{tensor}\" in {weights} holds factors that are not 1: SAELens refuses such a folder, and so does this program.");
    }

    /// <summary>The k in <c>activation_fn_kwargs</c>; folders whose architecture is topk may have it at the top level instead.</summary>
    private static int K(JsonMembers json, SaeArchitecture architecture)
    {
        var settings = json.Object(ActivationSettings);
        settings.Refuse("postact_fn", settings.Has("postact_fn"), "a function of the latents that are kept");
        return settings.PositiveOrNone("k") ?? (architecture == SaeArchitecture.TopK ? json.PositiveOrNone("k") : null)
            ?? throw settings.Wrong("k", architecture == SaeArchitecture.TopK ? ", and so is \"k\"." : ".");
    }

    /// <summary>Where the SAE comes from; what the top level leaves out is taken from a <c>metadata</c> object, which only people write into such folders.</summary>
    private static SaeMetadata Metadata(JsonMembers json)
    {
        var own = SaeMetadataJson.Parse(json, Settings);
        var added = SaeMetadataJson.Parse(json.Object(SaeMetadataJson.Member));
        foreach (var (name, value) in added.Others)
        {
            if (!own.Others.ContainsKey(name)) own.Others[name] = value?.DeepClone();
        }
        return own with
        {
            ModelName = own.ModelName ?? added.ModelName,
            HookName = json.Text(Either(json, HookName, OldHookName), null) ?? added.HookName,
            DatasetPath = own.DatasetPath ?? added.DatasetPath,
            ContextSize = own.ContextSize ?? added.ContextSize,
            ModelHash = own.ModelHash ?? added.ModelHash,
            DatasetHash = own.DatasetHash ?? added.DatasetHash,
            Training = own.Training ?? added.Training,
        };
    }

    /// <summary>The name that a member has in this file, of two that it had in SAELens.</summary>
    private static string Either(JsonMembers json, string name, string other)
    {
        if (!json.Has(other)) return name;
        if (json.Has(name) && !JsonNode.DeepEquals(json.Json[name], json.Json[other]))
            throw json.Wrong(name, $", but \"{other}\", the same setting under another name, is {json.Json[other]!.ToJsonString()}: remove the wrong one.");
        return other;
    }
}
