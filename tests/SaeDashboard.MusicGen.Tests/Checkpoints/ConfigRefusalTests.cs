using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Tests.Support;

namespace SaeDashboard.MusicGen.Tests.Checkpoints;

/// <summary>Fields of Hugging Face's configurations that change what is computed: those that ask for something not built here are
/// refused by their name, those that do not matter are not looked at.</summary>
public class ConfigRefusalTests
{
    [Theory]
    [InlineData("tie_encoder_decoder", "true")]
    [InlineData("quantization_config", """{ "quant_method": "bitsandbytes" }""")]
    [InlineData("text_encoder.model_type", "\"umt5\"")]
    [InlineData("text_encoder.feed_forward_proj", "\"gelu\"")]
    [InlineData("text_encoder.feed_forward_proj", "\"gated-silu\"")]
    [InlineData("text_encoder.is_gated_act", "true")]
    [InlineData("text_encoder.dense_act_fn", "\"gelu\"")]
    [InlineData("text_encoder.layer_norm_epsilon", "-1e-6")]
    [InlineData("text_encoder.relative_attention_num_buckets", "30")]
    [InlineData("text_encoder.relative_attention_max_distance", "8")]
    [InlineData("text_encoder.d_kv", "0")]
    [InlineData("text_encoder.num_layers", "0")]
    [InlineData("text_encoder.num_heads", "-3")]
    [InlineData("audio_encoder.model_type", "\"dac\"")]
    [InlineData("audio_encoder.audio_channels", "2")]
    [InlineData("audio_encoder.norm_type", "\"time_group_norm\"")]
    [InlineData("audio_encoder.normalize", "true")]
    [InlineData("audio_encoder.pad_mode", "\"circular\"")]
    [InlineData("audio_encoder.pad_mode", "\"replicate\"")]
    [InlineData("audio_encoder.trim_right_ratio", "0.5")]
    [InlineData("audio_encoder.trim_right_ratio", "1.5")]
    [InlineData("audio_encoder.codebook_dim", "8")]
    [InlineData("audio_encoder.codebook_size", "128")]
    [InlineData("audio_encoder.chunk_length_s", "1.0")]
    [InlineData("audio_encoder.num_lstm_layers", "0")]
    [InlineData("audio_encoder.num_residual_layers", "-1")]
    [InlineData("audio_encoder.compress", "0")]
    [InlineData("audio_encoder.compress", "4000")]
    [InlineData("audio_encoder.num_filters", "2000000000")]
    [InlineData("audio_encoder.kernel_size", "0")]
    [InlineData("audio_encoder.kernel_size", "2000000000")]
    [InlineData("audio_encoder.last_kernel_size", "2000000000")]
    [InlineData("audio_encoder.residual_kernel_size", "2000000000")]
    [InlineData("audio_encoder.dilation_growth_rate", "0")]
    [InlineData("audio_encoder.dilation_growth_rate", "2000000000")]
    [InlineData("audio_encoder.upsampling_ratios", "[]")]
    [InlineData("audio_encoder.upsampling_ratios", "[8, 0, 4, 4]")]
    [InlineData("audio_encoder.upsampling_ratios", "[65536, 65536, 65536]")]
    [InlineData("audio_encoder.sampling_rate", "0")]
    [InlineData("decoder.model_type", "\"musicgen_melody_decoder\"")]
    [InlineData("decoder.activation_function", "\"gelu_new\"")]
    [InlineData("decoder.scale_embedding", "true")]
    [InlineData("decoder.tie_word_embeddings", "true")]
    [InlineData("decoder.cross_attention_hidden_size", "32")]
    [InlineData("decoder.num_attention_heads", "5")]
    [InlineData("decoder.hidden_size", "51")]
    [InlineData("decoder.audio_channels", "3")]
    [InlineData("decoder.num_codebooks", "0")]
    [InlineData("decoder.vocab_size", "40000")]
    [InlineData("decoder.pad_token_id", "0")]
    [InlineData("decoder.bos_token_id", "63")]
    [InlineData("decoder.eos_token_id", "63")]
    public void A_field_that_is_not_supported_is_named(string field, string json)
    {
        using var copy = new CheckpointCopy("mono");
        copy.Set("config.json", field, json);
        var error = Assert.Throws<UserException>(() => MusicGenConfig.Load(copy.Folder)).Message;
        Assert.Contains(Path.Combine(copy.Folder, "config.json"), error);
        Assert.Contains(field, error);
    }

    [Theory]
    [InlineData("generation_config.json", "decoder_start_token_id", "0")]
    [InlineData("generation_config.json", "pad_token_id", "0")]
    [InlineData("generation_config.json", "eos_token_id", "1")]
    [InlineData("generation_config.json", "max_length", "1")]
    [InlineData("preprocessor_config.json", "feature_extractor_type", "\"EncodecFeatureExtractor\"")]
    [InlineData("preprocessor_config.json", "feature_size", "24")]
    [InlineData("preprocessor_config.json", "num_chroma", "24")]
    [InlineData("preprocessor_config.json", "n_fft", "16000")]
    [InlineData("preprocessor_config.json", "n_fft", "1073741824")]
    [InlineData("preprocessor_config.json", "hop_length", "0")]
    [InlineData("preprocessor_config.json", "chunk_length", "100000")]
    [InlineData("preprocessor_config.json", "sampling_rate", "-1")]
    [InlineData("config.json", "num_chroma", "24")]
    [InlineData("config.json", "chroma_length", "0")]
    [InlineData("config.json", "chroma_length", "2000000000")]
    [InlineData("config.json", "decoder.model_type", "\"musicgen_decoder\"")]
    public void So_is_one_of_a_melody_models_three_files(string file, string field, string json)
    {
        using var copy = new CheckpointCopy("melody");
        copy.Set(file, field, json);
        var error = Assert.Throws<UserException>(() => MusicGenConfig.Load(copy.Folder)).Message;
        Assert.Contains(field, error);
        Assert.Contains(copy.Folder, error);
    }

    [Fact]
    public void A_melody_model_without_its_preprocessor_is_incomplete()
    {
        using var copy = new CheckpointCopy("melody");
        File.Delete(Path.Combine(copy.Folder, "preprocessor_config.json"));
        Assert.Contains("preprocessor_config.json", Assert.Throws<UserException>(() => MusicGenConfig.Load(copy.Folder)).Message);
    }

    [Theory]
    [InlineData("text_encoder.dropout_rate", "0.5")]
    [InlineData("text_encoder.use_cache", "true")]
    [InlineData("text_encoder.is_encoder_decoder", "true")]
    [InlineData("text_encoder.is_decoder", "true")]
    [InlineData("text_encoder.num_decoder_layers", "7")]
    [InlineData("text_encoder.tie_word_embeddings", "false")]
    [InlineData("text_encoder.is_gated_act", "null")]
    [InlineData("audio_encoder.overlap", "0.01")]
    [InlineData("audio_encoder.target_bandwidths", "[24.0]")]
    [InlineData("decoder.layerdrop", "0.3")]
    [InlineData("decoder.dropout", "0.3")]
    [InlineData("decoder.use_cache", "false")]
    [InlineData("decoder.max_position_embeddings", "64")]
    [InlineData("decoder.initializer_factor", "3")]
    [InlineData("dtype", "\"float16\"")]
    public void A_field_that_changes_nothing_here_is_not_looked_at(string field, string json)
    {
        using var copy = new CheckpointCopy("mono");
        var before = MusicGenConfig.Load(copy.Folder);
        copy.Set("config.json", field, json);
        var after = MusicGenConfig.Load(copy.Folder);
        Assert.Equal((before.TextEncoder, before.Decoder, before.Generation), (after.TextEncoder, after.Decoder, after.Generation));
        Assert.Equal(before.AudioEncoder, after.AudioEncoder with { UpsamplingRatios = before.AudioEncoder.UpsamplingRatios });
    }
}
