using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.Clap.Tests;

/// <summary>Folders come from strangers: what is missing, wrong or too large is named, and nothing is paid for it.</summary>
public sealed class ClapFolderTests
{
    /// <summary>More than loading the golden folder allocates; far less than what these configurations ask for.</summary>
    private const long MostAllocated = 16 << 20;

    [Theory]
    [InlineData("model_type", "\"clip\"", "\"model_type\" is \"clip\", which is not supported: \"clap\" is")]
    [InlineData("model_type", "null", "\"model_type\" is missing")]
    [InlineData("quantization_config", "{}", "quantization_config")]
    [InlineData("projection_hidden_act", "\"gelu\"", "\"projection_hidden_act\" is \"gelu\"")]
    [InlineData("projection_dim", "64", "audio_projection.linear1.weight")]
    [InlineData("projection_dim", "2000000000", "\"projection_dim\" is 2000000000: expected an integer from 1 to 1048576")]
    [InlineData("audio_config", "3", "\"audio_config\" is 3: expected an object")]
    [InlineData("audio_config.model_type", "\"clap_text_model\"", "audio_config.model_type")]
    [InlineData("audio_config.enable_fusion", "true", "only unfused ones are")]
    [InlineData("audio_config.hidden_act", "\"silu\"", "audio_config.hidden_act")]
    [InlineData("audio_config.hidden_size", "128", "the last stage's width (64) is")]
    [InlineData("audio_config.patch_stride", "[2,2]", "it should equal patch_size (4)")]
    [InlineData("audio_config.patch_size", "[4,8]", "two equal sizes are")]
    [InlineData("audio_config.patch_embed_input_channels", "3", "patch_embed_input_channels")]
    [InlineData("audio_config.depths", "[2,2,2,3]", "has no tensor 'audio_model.audio_encoder.layers.3.blocks.2")]
    [InlineData("audio_config.depths", "[2,2,2,1]", "audio_config.depths has 1 blocks in stage 3")]
    [InlineData("audio_config.depths", "[2,2]", "it should have as many numbers as depths (2)")]
    [InlineData("audio_config.depths", "[1,1,1,1,1,1,1,1,1]", "at most 8 stages are")]
    [InlineData("audio_config.depths", "[2,2,1000000,2]", "has no tensor")]
    [InlineData("audio_config.num_attention_heads", "[3,2,4,4]", "each should divide its stage's width")]
    [InlineData("audio_config.window_size", "7", "it should be a multiple of patch_size · window_size · 2^(stages − 1) = 224")]
    [InlineData("audio_config.window_size", "4", "is [225, 2], but config.json asks for [49, 2]")]
    [InlineData("audio_config.window_size", "1000000", "at most 64 is")]
    [InlineData("audio_config.spec_size", "1000000", "at most 4096 is")]
    [InlineData("audio_config.spec_size", "250", "it should divide spec_size (250)")]
    [InlineData("audio_config.num_mel_bins", "128", "\"feature_size\" is 64")]
    [InlineData("audio_config.num_mel_bins", "60", "it should divide spec_size (256)")]
    [InlineData("audio_config.patch_embeds_hidden_size", "1000000", "\"audio_config.patch_embeds_hidden_size\" is 1000000")]
    [InlineData("audio_config.mlp_ratio", "-1", "audio_config.mlp_ratio")]
    [InlineData("audio_config.mlp_ratio", "1e999", "expected a finite number")]
    [InlineData("audio_config.mlp_ratio", "4.0", "intermediate.dense.weight")]
    [InlineData("audio_config.layer_norm_eps", "0", "audio_config.layer_norm_eps")]
    [InlineData("text_config.hidden_act", "\"relu\"", "text_config.hidden_act")]
    [InlineData("text_config.position_embedding_type", "\"relative_key\"", "text_config.position_embedding_type")]
    [InlineData("text_config.hidden_size", "50", "it should divide hidden_size (50)")]
    [InlineData("text_config.num_hidden_layers", "2", "text_config.num_hidden_layers is 2")]
    [InlineData("text_config.num_hidden_layers", "4", "has no tensor 'text_model.encoder.layer.3")]
    [InlineData("text_config.vocab_size", "399", "tokenizer.json has ids up to 399")]
    [InlineData("text_config.vocab_size", "1000000", "text_model.embeddings.word_embeddings.weight")]
    [InlineData("text_config.max_position_embeddings", "3", "at least pad_token_id + 3 (4) are")]
    [InlineData("text_config.max_position_embeddings", "1000000", "at most 16384 tokens are")]
    [InlineData("text_config.pad_token_id", "-1", "\"text_config.pad_token_id\" is -1")]
    public void A_config_that_does_not_fit_is_refused_by_name(string field, string json, string said) => Refused("config.json", field, json, said);

    [Theory]
    [InlineData("feature_extractor_type", "\"WhisperFeatureExtractor\"", "\"ClapFeatureExtractor\" is")]
    [InlineData("truncation", "\"fusion\"", "\"rand_trunc\" is, that of unfused models")]
    [InlineData("truncation", "null", "\"rand_trunc\" is, that of unfused models")]
    [InlineData("top_db", "80", "levels are not limited")]
    [InlineData("padding", "\"reflect\"", "known are repeatpad, repeat, pad")]
    [InlineData("max_length_s", "1000000", "at most 349 s of 48000 Hz are")]
    [InlineData("max_length_s", "20", "\"nb_max_samples\" is 480000")]
    [InlineData("fft_window_size", "1025", "an even number of at most 65536 samples is")]
    [InlineData("fft_window_size", "1000000", "an even number of at most 65536 samples is")]
    [InlineData("hop_length", "1", "with 480000 samples at least 469 is, since the audio tower reads 1024 frames")]
    [InlineData("frequency_min", "20000", "0 to frequency_max (14000) is")]
    [InlineData("frequency_max", "40000", "at most half of sampling_rate (24000) is")]
    [InlineData("sampling_rate", "\"48 kHz\"", "\"sampling_rate\" is \"48 kHz\": expected an integer")]
    public void A_preprocessor_config_that_does_not_fit_is_refused_by_name(string field, string json, string said) => Refused("preprocessor_config.json", field, json, said);

    [Fact]
    public void What_is_missing_is_named()
    {
        using var folder = new ClapCopy();
        Assert.Contains("does not exist: give the folder of a CLAP model", Complaint(Path.Combine(folder.Path, "nowhere")), StringComparison.Ordinal);
        foreach (var file in (string[])["tokenizer.json", "model.safetensors", "preprocessor_config.json", "config.json"])
        {
            File.Delete(folder[file]);
            Assert.Contains(file, Complaint(folder.Path), StringComparison.Ordinal);
        }
        File.WriteAllText(folder["config.json"], "{}");
        File.WriteAllText(folder["pytorch_model.bin"], "");
        Assert.Contains("\"model_type\" is missing", Complaint(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_pickles_says_so()
    {
        using var folder = new ClapCopy();
        File.Move(folder["model.safetensors"], folder["pytorch_model.bin"]);
        Assert.Contains("pytorch_model.bin is not read here", Complaint(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_weights_that_is_cut_short_is_named()
    {
        using var folder = new ClapCopy();
        using (var stream = new FileStream(folder["model.safetensors"], FileMode.Open)) stream.SetLength(stream.Length / 2);
        Assert.Contains(folder["model.safetensors"], Complaint(folder.Path), StringComparison.Ordinal);
    }

    /// <summary>Transformers leaves out of a file what equals its default.</summary>
    [Fact]
    public void A_missing_field_has_the_value_that_transformers_gives_it()
    {
        using var folder = new ClapCopy();
        folder.Change("config.json", root =>
        {
            foreach (var name in (string[])["window_size", "patch_size", "patch_stride", "spec_size", "num_mel_bins", "qkv_bias", "enable_fusion", "layer_norm_eps", "hidden_act", "model_type"])
                root["audio_config"]!.AsObject().Remove(name);
            foreach (var name in (string[])["pad_token_id", "type_vocab_size", "layer_norm_eps", "hidden_act"]) root["text_config"]!.AsObject().Remove(name);
        });
        folder.Change("preprocessor_config.json", root =>
        {
            foreach (var name in (string[])["fft_window_size", "hop_length", "max_length_s", "sampling_rate", "padding", "nb_max_samples", "frequency_max"]) root.AsObject().Remove(name);
        });
        var (changed, golden) = (ClapConfig.Load(folder.Path), ClapConfig.Load(GoldenClap.Folder));
        Assert.Equal((golden.Text, golden.Sound, golden.EmbeddingWidth), (changed.Text, changed.Sound, changed.EmbeddingWidth));
        Assert.Equal(golden.Audio with { Depths = [], Heads = [] }, changed.Audio with { Depths = [], Heads = [] });
    }

    [Fact]
    public void The_published_sizes_are_supported()
    {
        using var folder = new ClapCopy();
        // laion/larger_clap_music's, and the defaults, which are laion/clap-htsat-unfused's.
        File.WriteAllText(folder["config.json"], """{"model_type":"clap","audio_config":{"patch_embeds_hidden_size":128,"depths":[2,2,12,2],"hidden_size":1024}}""");
        Assert.Equal((1024, 1024, 8), (ClapConfig.Load(folder.Path).Audio.OutputWidth, ClapConfig.Load(folder.Path).Audio.Frames, ClapConfig.Load(folder.Path).Audio.SideOf(3)));
        File.WriteAllText(folder["config.json"], """{"model_type":"clap"}""");
        Assert.Equal((768, 512, 512), (ClapConfig.Load(folder.Path).Audio.OutputWidth, ClapConfig.Load(folder.Path).EmbeddingWidth, ClapConfig.Load(folder.Path).Text.MaxTokens));
    }

    [Fact]
    public void A_text_of_more_tokens_than_positions_is_refused()
    {
        Assert.Contains("at most 128. Shorten it", Assert.Throws<UserException>(() => GoldenClap.Model.EmbedText(string.Concat(Enumerable.Repeat("!?", 200)))).Message, StringComparison.Ordinal);
        Assert.NotEmpty(GoldenClap.Model.EmbedText(string.Concat(Enumerable.Repeat("!?", 63))));
    }

    /// <summary>A pad token that is written in a text has the pad id as its position.</summary>
    [Fact]
    public void Positions_count_from_the_pad_id_and_skip_it() => Assert.Equal([2, 3, 1, 4], Text.TextTower.PositionsOf([0, 17, 1, 2], padId: 1));

    [Fact]
    public void Progress_is_reported_from_the_first_part_to_the_last()
    {
        var reports = new List<LoadProgress>();
        using var model = ClapModel.Load(GoldenClap.Folder, progress: new Inline(reports.Add));
        Assert.Equal((0, reports[^1].Total), (reports[0].Done, reports[^1].Done));
        Assert.True(reports.Zip(reports.Skip(1), (a, b) => a.Done <= b.Done).All(ordered => ordered));
        Assert.Matches("^[0-9a-f]{64}$", model.HashWeights());
    }

    private static void Refused(string file, string field, string json, string said)
    {
        using var folder = new ClapCopy();
        // Infinity has no node.
        if (json == "1e999") File.WriteAllText(folder[file], File.ReadAllText(folder[file]).Replace("\"mlp_ratio\": 2.0", "\"mlp_ratio\": 1e999", StringComparison.Ordinal));
        else folder.Set(file, field, json);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Complaint(folder.Path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Contains(folder.Path, error, StringComparison.Ordinal);
    }

    private static string Complaint(string folder) => Assert.Throws<UserException>(() => ClapModel.Load(folder).Dispose()).Message;

    private sealed class Inline(Action<LoadProgress> action) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => action(value);
    }
}
