using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Saes;

/// <summary>Reads the <c>cfg.json</c> of SAELens, of any version, and writes that of version 6. docs/sae-folders.md describes each member by version.</summary>
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

    /// <summary>Architectures that exist only in SAELens's training.</summary>
    private static readonly string[] TrainingOnly = ["batchtopk", "matryoshka_batchtopk"];

    /// <exception cref="UserException">A member is missing, of the wrong kind, or has an unknown value.</exception>
    public static SaeConfig Parse(JsonObjectReader json)
    {
        var config = IsNested(json) ? ParseNested(json, json.ObjectOrEmpty(SaeMetadataJson.Member)) : SaeLensFlatConfig.Parse(json);
        return config.K <= config.DSae ? config : throw new UserException($"{json.File}: \"k\" is {config.K}, more than the {config.DSae} latents there are.");
    }

    /// <summary>Whether the SAE's origin is in <c>metadata</c> (version 6) or at the top level.</summary>
    public static bool IsNested(JsonObjectReader json) => SaeLensVersion.IsNested(json, json.ObjectOrEmpty(SaeMetadataJson.Member));

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

    /// <summary>The architecture. Training-only architectures are rejected with advice.</summary>
    public static SaeArchitecture Architecture(JsonObjectReader json, SaeArchitecture? missing)
    {
        json.Refuse("architecture", json.TextOrNone("architecture") is { } name && TrainingOnly.Contains(name),
            "a training checkpoint (SAELens's save_inference_model writes it as a jumprelu SAE)");
        return json.OneOf("architecture", Architectures, missing);
    }

    /// <summary>Versions 1 and 2 only say whether activations were scaled to an average norm.</summary>
    public static InputNormalization Normalization(JsonObjectReader json)
    {
        const string Name = "normalize_activations";
        if (json.Find(Name)?.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return json.Flag(Name, false) ? InputNormalization.ExpectedAverageOnlyIn : InputNormalization.None;
        return json.OneOf(Name, Normalizations, InputNormalization.None);
    }

    /// <summary>Rejects activations that are not one full-width vector per column.</summary>
    public static void RefuseOtherShapes(JsonObjectReader json, JsonObjectReader origin, string headIndex)
    {
        json.Refuse("reshape_activations", json.Text("reshape_activations", "none") != "none", "activations in another shape");
        origin.Refuse(headIndex, origin.Has(headIndex), "one attention head's activations");
    }

    private static SaeConfig ParseNested(JsonObjectReader json, JsonObjectReader metadata)
    {
        var architecture = Architecture(json, null);
        RefuseOtherShapes(json, metadata, "hook_head_index");
        return new SaeConfig
        {
            Architecture = architecture,
            DIn = json.Integer("d_in"),
            DSae = json.Integer("d_sae"),
            K = architecture == SaeArchitecture.TopK ? json.Integer("k") : 0,
            ApplyBDecToInput = json.Flag("apply_b_dec_to_input", true),
            NormalizeActivations = Normalization(json),
            RescaleActsByDecoderNorm = architecture == SaeArchitecture.TopK && json.Flag("rescale_acts_by_decoder_norm", false),
            Metadata = SaeMetadataJson.Parse(metadata),
        };
    }
}

/// <summary>
/// The flat <c>cfg.json</c> of SAELens before version 6: an SAE's configuration, or the whole runner's, which contains it. Names, defaults and
/// precedence are those of SAELens's own loaders (docs/sae-folders.md).
/// </summary>
internal static class SaeLensFlatConfig
{
    /// <summary>Members that define what is computed; the others describe the SAE's origin.</summary>
    private static readonly string[] Settings =
    [
        "architecture", "d_in", "d_sae", "k", "dtype", "device", "apply_b_dec_to_input", "normalize_activations", "reshape_activations", Factor,
        ActivationName, OldActivationName, ActivationSettings, OldHookName, "rescale_acts_by_decoder_norm", SaeMetadataJson.Member,
    ];

    private const string Factor = "finetuning_scaling_factor", ActivationName = "activation_fn_str", OldActivationName = "activation_fn",
        ActivationSettings = "activation_fn_kwargs", HookName = "hook_name", OldHookName = "hook_point", HeadIndex = "hook_head_index";

    /// <exception cref="UserException">A member is of the wrong kind, or has an unsupported value.</exception>
    public static SaeConfig Parse(JsonObjectReader json)
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
            DIn = json.Integer("d_in"),
            DSae = json.Integer("d_sae"),
            K = chooses ? K(json, architecture) : 0,
            ApplyBDecToInput = json.Flag("apply_b_dec_to_input", true),
            NormalizeActivations = SaeLensConfig.Normalization(json),
            RescaleActsByDecoderNorm = architecture == SaeArchitecture.TopK && json.Flag("rescale_acts_by_decoder_norm", false),
            Metadata = metadata,
        };
    }

    /// <summary>
    /// Rejects factors of the latents that the configuration does not mention. Versions 1 and 2 name the method that trained them, later ones
    /// say whether they exist.
    /// </summary>
    public static void RequireFactors(JsonObjectReader json, string tensor, string weights)
    {
        if (json.Flag(Factor, !SaeLensConfig.IsNested(json) && json.Has("finetuning_method"))) return;
        throw json.Wrong(Factor, $", but tensor \"{tensor}\" in {weights} holds factors that are not 1: SAELens refuses such a folder, and so does this program.");
    }

    /// <summary>The k in <c>activation_fn_kwargs</c>; folders whose architecture is topk may have it at the top level instead.</summary>
    private static int K(JsonObjectReader json, SaeArchitecture architecture)
    {
        var settings = json.ObjectOrEmpty(ActivationSettings);
        settings.Refuse("postact_fn", settings.Has("postact_fn"), "a function of the latents that are kept");
        return settings.IntegerOrNone("k") ?? (architecture == SaeArchitecture.TopK ? json.IntegerOrNone("k") : null)
            ?? throw settings.Wrong("k", architecture == SaeArchitecture.TopK ? ", and so is \"k\"." : ".");
    }

    /// <summary>The SAE's origin. Members missing at the top level are read from a <c>metadata</c> object, which is only added by hand.</summary>
    private static SaeMetadata Metadata(JsonObjectReader json)
    {
        var own = SaeMetadataJson.Parse(json, Settings);
        var added = SaeMetadataJson.Parse(json.ObjectOrEmpty(SaeMetadataJson.Member));
        foreach (var (name, value) in added.Others)
        {
            if (!own.Others.ContainsKey(name)) own.Others[name] = value?.DeepClone();
        }
        return own with
        {
            ModelName = own.ModelName ?? added.ModelName,
            HookName = json.TextOrNone(Either(json, HookName, OldHookName)) ?? added.HookName,
            DatasetPath = own.DatasetPath ?? added.DatasetPath,
            ContextSize = own.ContextSize ?? added.ContextSize,
            ModelHash = own.ModelHash ?? added.ModelHash,
            DatasetHash = own.DatasetHash ?? added.DatasetHash,
            Training = own.Training ?? added.Training,
        };
    }

    /// <summary>The name of a member in this file, of the two names it has had in SAELens.</summary>
    private static string Either(JsonObjectReader json, string name, string other)
    {
        if (!json.Has(other)) return name;
        if (json.Copy(name) is { } mine && !JsonNode.DeepEquals(mine, json.Copy(other)))
            throw json.Wrong(name, $", but \"{other}\", the same setting under another name, is {json.Copy(other)!.ToJsonString()}: remove the wrong one.");
        return other;
    }
}

/// <summary>The SAELens version of a folder. Its value, not its presence, decides what the members of <c>cfg.json</c> mean.</summary>
internal static class SaeLensVersion
{
    public const string Member = "sae_lens_version";

    /// <summary>The version that this program writes.</summary>
    public const string Written = "6.18.0";

    private const int FirstOfTheNestedForm = 6;

    /// <summary>
    /// Whether the folder is of version 6 or later: <c>cfg.json</c> then defines what is computed and its <c>metadata</c> the SAE's origin.
    /// The top level takes precedence over <c>metadata</c>, and a folder without a version is an older one: SAELens's own rules.
    /// </summary>
    /// <exception cref="UserException">The member is not a version.</exception>
    public static bool IsNested(JsonObjectReader json, JsonObjectReader metadata)
    {
        var where = json.TextOrNone(Member) is { Length: > 0 } ? json : metadata;
        if (where.TextOrNone(Member) is not { Length: > 0 } text) return false;
        return Major(text) is { } major ? major >= FirstOfTheNestedForm : throw where.Wrong(Member, $", not a version such as \"{Written}\".");
    }

    /// <summary>The version to write: the existing one if it has the form that this program writes.</summary>
    public static string ToWrite(string? there) => there is not null && Major(there) >= FirstOfTheNestedForm ? there : Written;

    private static int? Major(string text)
    {
        var digits = text.AsSpan().TrimStart('v');
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }
}
