namespace SaeDashboard.Fuzz.Cases;

/// <summary>The fields of config.json that the program reads: a blind walk would mostly change fields that are not read.</summary>
internal static class ReadFields
{
    private static readonly (string Section, string[] Names)[] Sections =
    [
        ("decoder", ["hidden_size", "num_hidden_layers", "num_attention_heads", "ffn_dim", "vocab_size", "num_codebooks", "audio_channels",
            "activation_function", "scale_embedding", "tie_word_embeddings", "pad_token_id", "bos_token_id"]),
        ("audio_encoder", ["sampling_rate", "audio_channels", "num_filters", "hidden_size", "codebook_dim", "codebook_size", "upsampling_ratios",
            "num_residual_layers", "kernel_size", "last_kernel_size", "residual_kernel_size", "dilation_growth_rate", "compress",
            "num_lstm_layers", "norm_type", "use_causal_conv", "use_conv_shortcut", "pad_mode", "trim_right_ratio", "normalize", "chunk_length_s"]),
        ("text_encoder", ["d_model", "d_kv", "d_ff", "num_layers", "num_heads", "relative_attention_num_buckets",
            "relative_attention_max_distance", "layer_norm_epsilon", "feed_forward_proj", "vocab_size"]),
    ];

    /// <summary>JSON values that mean something to a reader of configurations, tokenizers and headers.</summary>
    public static readonly string[] Words =
    [
        "\"config.json\"", "\"model.safetensors\"", "\"gated-gelu\"", "\"constant\"", "\"reflect\"", "\"Sequence\"", "\"Replace\"", "\"Metaspace\"",
        "\"F64\"", "\"I64\"", "\"BOOL\"", "\"F8_E4M3\"",
        "{\"Regex\":\"(a{1000}){1000}\"}", "{\"Regex\":\"(a+)+$\"}", "{\"Regex\":\"[\"}", "{\"Regex\":\"\"}", "{\"String\":\"\"}", "{\"Regex\":\"(?=a)\"}",
        "{\"type\":\"Strip\"}", "{\"type\":\"Sequence\",\"normalizers\":[]}", "{\"type\":\"Sequence\",\"pretokenizers\":[]}",
        "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
        "[" + string.Join(',', Enumerable.Repeat("{\"type\":\"Metaspace\"}", 5_000)) + "]",
        "[" + string.Join(',', Enumerable.Repeat("{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aa\"}", 2_000)) + "]",
    ];

    public static (string Section, string Name) Of(Random random)
    {
        var (section, names) = Sections[random.Next(Sections.Length)];
        return (section, names[random.Next(names.Length)]);
    }
}
