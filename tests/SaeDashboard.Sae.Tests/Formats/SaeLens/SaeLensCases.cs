using System.Text.Json.Nodes;

namespace SaeDashboard.Sae.Tests.Formats.SaeLens;

/// <summary>
/// Every version of SAELens that wrote folders, with every architecture and setting that its source knows. Members and their spelling are those
/// of LanguageModelSAERunnerConfig (checkpoints), SAEConfig.to_dict (save_model) and, from version 6 on, the configuration of each architecture.
/// </summary>
internal static class SaeLensCases
{
    public const string Model = "facebook/musicgen-small", DataSet = "clips";

    public static readonly IReadOnlyList<SaeLensCase> All =
        [.. Before1(), .. Version1And2("1.8.0"), .. Version1And2("2.1.3"), .. Version30(), .. Version3To5("3.24.0"), .. Version3To5("4.4.5"), .. Version3To5("5.11.0"), .. Version6("6.0.0"), .. Version6("6.18.0")];

    /// <summary>0.0 to 0.2 wrote pickles, not folders.</summary>
    private static IEnumerable<SaeLensCase> Before1()
    {
        yield return new("0.3.0", "runner", "standard", Runner(), new());
        foreach (var subtracts in new[] { true, false })
        {
            yield return new("0.5.1", "runner", $"standard{(subtracts ? "" : ", keeps b_dec")}", Runner(("apply_b_dec_to_input", subtracts), ("finetuning_method", null)), new(SubtractsBDec: subtracts))
                { Factors = FactorTensor.Ones };
        }
        yield return new("0.5.1", "runner", "standard, finetuned", Runner(("apply_b_dec_to_input", true), ("finetuning_method", "scale")), new()) { Factors = FactorTensor.Learnt };
        yield return new("0.7.0", "runner", "standard", Runner(("apply_b_dec_to_input", true), ("activation_fn", "relu")), new()) { Factors = FactorTensor.Ones };
        yield return new("0.7.0", "runner", "tanh-relu", Runner(("apply_b_dec_to_input", true), ("activation_fn", "tanh-relu")), new(), "activation_fn") { Factors = FactorTensor.Ones };
    }

    private static IEnumerable<SaeLensCase> Version1And2(string version)
    {
        JsonObject With(params (string, JsonNode?)[] more) =>
            Runner([("sae_lens_version", version), ("sae_lens_training_version", version), ("apply_b_dec_to_input", true), ("activation_fn", "relu"), ("normalize_activations", false), ("finetuning_method", null), .. more]);
        yield return new(version, "runner", "standard", With(), new()) { Factors = FactorTensor.Ones };
        yield return new(version, "runner", "standard, keeps b_dec", With(("apply_b_dec_to_input", false)), new(SubtractsBDec: false)) { Factors = FactorTensor.Ones };
        yield return new(version, "runner", "standard, finetuned", With(("finetuning_method", "decoder")), new()) { Factors = FactorTensor.Learnt };
        yield return new(version, "runner", "standard, normalised", With(("normalize_activations", true)), new(Normalization: "expected_average_only_in")) { Factors = FactorTensor.Ones };
        yield return new(version, "runner", "tanh-relu", With(("activation_fn", "tanh-relu")), new(), "activation_fn") { Factors = FactorTensor.Ones };
        yield return new(version, "runner", "one head", With(("hook_point_head_index", 3)), new(), "hook_point_head_index") { Factors = FactorTensor.Ones };
    }

    /// <summary>Before architectures were named.</summary>
    private static IEnumerable<SaeLensCase> Version30()
    {
        foreach (var (kind, config) in new[] { ("sae", Flat("3.0.0")), ("runner", NewRunner("3.0.0")) })
        {
            foreach (var absent in new[] { "architecture", "activation_fn_kwargs" }) config.Remove(absent);
            config["normalize_activations"] = false;
            yield return new("3.0.0", kind, "standard", config.DeepClone().AsObject(), new());
            config["normalize_activations"] = true;
            yield return new("3.0.0", kind, "standard, normalised", config.DeepClone().AsObject(), new(Normalization: "expected_average_only_in"));
        }
    }

    private static IEnumerable<SaeLensCase> Version3To5(string version)
    {
        foreach (var kind in new[] { "sae", "runner" })
        {
            var activation = kind == "sae" ? "activation_fn_str" : "activation_fn";
            JsonObject With(params (string, JsonNode?)[] more) => Set(kind == "sae" ? Flat(version) : NewRunner(version), more);
            (string, JsonNode?)[] topK = [(activation, "topk"), ("activation_fn_kwargs", new JsonObject { ["k"] = SaeLensCase.K })];
            yield return new(version, kind, "standard", With(), new());
            yield return new(version, kind, "standard, keeps b_dec", With(("apply_b_dec_to_input", false)), new(SubtractsBDec: false));
            yield return new(version, kind, "gated", With(("architecture", "gated")), new("gated"));
            yield return new(version, kind, "jumprelu", With(("architecture", "jumprelu")), new("jumprelu"));
            yield return new(version, kind, "topk as an activation", With(topK), new("topk"));
            // The architecture came with 4.4; a folder may have the k next to it (a flat export of other programs).
            if (version[0] > '3')
            {
                yield return new(version, kind, "topk", With([("architecture", "topk"), .. topK.Select(each => (each.Item1, each.Item2?.DeepClone()))]), new("topk"));
                yield return new(version, kind, "topk, k at the top level", With(("architecture", "topk"), ("k", SaeLensCase.K), ("activation_fn_kwargs", null)), new("topk"));
            }
            foreach (var normalization in new[] { "layer_norm", "constant_norm_rescale", "expected_average_only_in" })
                yield return new(version, kind, $"standard, {normalization}", With(("normalize_activations", normalization)), new(Normalization: normalization));
            yield return new(version, kind, "standard, finetuned", With(("finetuning_scaling_factor", true)), new()) { Factors = FactorTensor.Learnt };
            yield return new(version, kind, "standard, unfinetuned", With(("finetuning_scaling_factor", true)), new());
            yield return new(version, kind, "standard, factors of ones", With(), new()) { Factors = FactorTensor.Ones };
            yield return new(version, kind, "standard, factors that are not spoken of", With(("finetuning_scaling_factor", false), ("finetuning_method", null)), new(), "finetuning_scaling_factor") { Factors = FactorTensor.Learnt };
            yield return new(version, kind, "tanh-relu", With((activation, "tanh-relu")), new(), activation);
            yield return new(version, kind, "topk without k", With((activation, "topk")), new("topk"), "activation_fn_kwargs.k");
            yield return new(version, kind, "gated topk", With([("architecture", "gated"), .. topK.Select(each => (each.Item1, each.Item2?.DeepClone()))]), new("gated"), activation);
            yield return new(version, kind, "hook_z", With(("hook_name", "blocks.3.attn.hook_z")), new(), "hook_name");
            yield return new(version, kind, "one head", With(("hook_head_index", 3)), new(), "hook_head_index");
        }
    }

    private static IEnumerable<SaeLensCase> Version6(string version)
    {
        JsonObject With(string architecture, params (string, JsonNode?)[] more) => Set(Nested(version, architecture), more);
        (string, JsonNode?)[] k = [("k", SaeLensCase.K), ("rescale_acts_by_decoder_norm", false)];
        yield return new(version, "sae", "standard", With("standard"), new());
        yield return new(version, "sae", "standard, keeps b_dec", With("standard", ("apply_b_dec_to_input", false)), new(SubtractsBDec: false));
        yield return new(version, "sae", "gated", With("gated"), new("gated"));
        yield return new(version, "sae", "jumprelu", With("jumprelu"), new("jumprelu"));
        yield return new(version, "sae", "topk", With("topk", k), new("topk"));
        // Transcoders and what trains with a batch's selection came after 6.0, and so did the factor next to a checkpoint.
        var late = version != "6.0.0";
        if (late) yield return new(version, "sae", "topk, rescaled", With("topk", ("k", SaeLensCase.K), ("rescale_acts_by_decoder_norm", true)), new("topk", Rescales: true));
        foreach (var normalization in new[] { "layer_norm", "constant_norm_rescale", "expected_average_only_in" })
            yield return new(version, "sae", $"standard, {normalization}", With("standard", ("normalize_activations", normalization)), new(Normalization: normalization));
        if (late)
        {
            yield return new(version, "runner", "topk checkpoint before folding", With("topk", [.. k.Select(each => (each.Item1, each.Item2?.DeepClone())), ("normalize_activations", "expected_average_only_in")]), new("topk"))
                { Scale = 0.37 };
        }
        yield return new(version, "runner", "standard checkpoint", With("standard", ("l1_coefficient", 1.0), ("lp_norm", 1.0)), new());
        foreach (var architecture in !late ? [] : new[] { "transcoder", "skip_transcoder", "jumprelu_transcoder" })
            yield return new(version, "sae", architecture, With(architecture, ("d_out", SaeLensCase.Width), ("apply_b_dec_to_input", false)), new(), "architecture");
        foreach (var architecture in !late ? [] : new[] { "batchtopk", "matryoshka_batchtopk" })
            yield return new(version, "runner", architecture, With(architecture, ("k", SaeLensCase.K)), new(), "architecture");
        yield return new(version, "sae", "hook_z", With("standard", ("reshape_activations", "hook_z")), new(), "reshape_activations");
        var oneHead = Nested(version, "standard");
        oneHead["metadata"]!["hook_head_index"] = 3;
        yield return new(version, "sae", "one head", oneHead, new(), "metadata.hook_head_index");
        yield return new(version, "sae", "topk without k", With("topk"), new("topk"), "k");
    }

    /// <summary>The runner's configuration of versions 0 to 2.</summary>
    private static JsonObject Runner(params (string, JsonNode?)[] more) => Set(new JsonObject
    {
        ["model_name"] = Model, ["hook_point"] = "blocks.3.hook_mlp_out", ["hook_point_layer"] = 3, ["hook_point_head_index"] = null, ["dataset_path"] = DataSet,
        ["is_dataset_tokenized"] = true, ["context_size"] = 128, ["use_cached_activations"] = false, ["d_in"] = SaeLensCase.Width, ["d_sae"] = SaeLensCase.Latents,
        ["b_dec_init_method"] = "geometric_median", ["expansion_factor"] = 4, ["device"] = "cpu", ["seed"] = 42, ["dtype"] = "torch.float32", ["prepend_bos"] = true,
        ["l1_coefficient"] = 0.001, ["lp_norm"] = 1, ["lr"] = 0.0003, ["use_ghost_grads"] = false, ["n_checkpoints"] = 0, ["checkpoint_path"] = "checkpoints/a", ["verbose"] = true,
    }, more);

    /// <summary>SAEConfig.to_dict of versions 3 to 5.</summary>
    private static JsonObject Flat(string version) => new()
    {
        ["architecture"] = "standard", ["d_in"] = SaeLensCase.Width, ["d_sae"] = SaeLensCase.Latents, ["dtype"] = "float32", ["device"] = "cpu", ["model_name"] = Model,
        ["hook_name"] = "blocks.3.hook_mlp_out", ["hook_layer"] = 3, ["hook_head_index"] = null, ["activation_fn_str"] = "relu", ["activation_fn_kwargs"] = new JsonObject(),
        ["apply_b_dec_to_input"] = true, ["finetuning_scaling_factor"] = false, ["sae_lens_training_version"] = version, ["prepend_bos"] = true, ["dataset_path"] = DataSet,
        ["dataset_trust_remote_code"] = true, ["context_size"] = 128, ["normalize_activations"] = "none", ["neuronpedia_id"] = null, ["model_from_pretrained_kwargs"] = new JsonObject(),
    };

    /// <summary>The runner's configuration of versions 3 to 5, which a checkpoint's cfg.json is overwritten with.</summary>
    private static JsonObject NewRunner(string version)
    {
        var json = Flat(version);
        foreach (var absent in new[] { "activation_fn_str", "finetuning_scaling_factor", "neuronpedia_id" }) json.Remove(absent);
        return Set(json, ("sae_lens_version", version), ("activation_fn", "relu"), ("model_class_name", "HookedTransformer"), ("hook_eval", "NOT_IN_USE"), ("noise_scale", 0.0),
            ("expansion_factor", 4), ("finetuning_tokens", 0), ("finetuning_method", null), ("l1_coefficient", 0.001), ("lr", 0.0003), ("tokens_per_buffer", 1));
    }

    private static JsonObject Nested(string version, string architecture) => new()
    {
        ["d_in"] = SaeLensCase.Width, ["d_sae"] = SaeLensCase.Latents, ["dtype"] = "float32", ["device"] = "cpu", ["apply_b_dec_to_input"] = true, ["normalize_activations"] = "none",
        ["reshape_activations"] = "none", ["architecture"] = architecture,
        ["metadata"] = new JsonObject
        {
            ["sae_lens_version"] = version, ["sae_lens_training_version"] = version, ["model_name"] = Model, ["hook_name"] = "blocks.3.hook_mlp_out", ["dataset_path"] = DataSet,
            ["context_size"] = 128, ["prepend_bos"] = true, ["hook_head_index"] = null,
        },
    };

    private static JsonObject Set(JsonObject json, params (string Name, JsonNode? Value)[] members)
    {
        foreach (var (name, value) in members) json[name] = value;
        return json;
    }
}
