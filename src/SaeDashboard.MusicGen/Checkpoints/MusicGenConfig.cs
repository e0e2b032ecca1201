using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Files;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>A checkpoint's configuration: <c>config.json</c> with its three parts, and <c>generation_config.json</c>. Unsupported
/// settings are rejected by name.</summary>
/// <param name="TextEncoder">T5.</param>
/// <param name="AudioEncoder">EnCodec.</param>
/// <param name="Decoder">The language model.</param>
/// <param name="Generation">Recommended settings.</param>
/// <param name="Melody">Settings of a melody model; null: not a melody model.</param>
public sealed record MusicGenConfig(TextEncoderConfig TextEncoder, AudioEncoderConfig AudioEncoder, DecoderConfig Decoder,
    GenerationConfig Generation, MelodyConfig? Melody = null)
{
    /// <summary>Reads and checks both files of <paramref name="folder"/>.</summary>
    /// <exception cref="UserException">The folder or its <c>config.json</c> is missing, damaged or has an unsupported
    /// setting.</exception>
    public static MusicGenConfig Load(string folder)
    {
        var file = Path.Combine(folder, "config.json");
        if (!Directory.Exists(folder))
            throw new UserException($"{folder} does not exist: give the folder of a MusicGen model as Hugging Face keeps it "
                + "(config.json, tokenizer.json, model.safetensors).");
        if (!File.Exists(file))
            throw ForeignFolder.Without(folder, "config.json");

        var root = ConfigFields.Open(file);
        var type = root.Text("model_type");
        root.Require(type is "musicgen" or "musicgen_melody", "model_type", "\"musicgen\" and \"musicgen_melody\" are");
        root.Require(!root.Has("quantization_config"), "quantization_config", "tensors are F32, F16 or BF16, so it should be null");
        root.Require(!root.Flag("tie_encoder_decoder", false), "tie_encoder_decoder", "text encoder and decoder have tensors of their own");
        var melody = type == "musicgen_melody" ? MelodyConfig.Read(root, Path.Combine(folder, "preprocessor_config.json")) : null;

        var decoder = DecoderConfig.Read(root.Object("decoder"), melody is not null);
        var audioSection = root.Object("audio_encoder");
        var audio = AudioEncoderConfig.Read(audioSection);
        audioSection.Require(audio.CodebookSize == decoder.VocabularySize, "codebook_size", $"it should equal decoder.vocab_size "
            + $"({decoder.VocabularySize})");
        return new MusicGenConfig(
            TextEncoderConfig.Read(root.Object("text_encoder")),
            audio,
            decoder,
            GenerationConfig.Read(Path.Combine(folder, "generation_config.json"), decoder),
            melody);
    }
}

/// <summary>The language model's part of <c>config.json</c>.</summary>
/// <param name="Width">hidden_size: the residual stream's width.</param>
/// <param name="Layers">num_hidden_layers.</param>
/// <param name="Heads">num_attention_heads.</param>
/// <param name="FeedForwardWidth">ffn_dim.</param>
/// <param name="VocabularySize">vocab_size: codes of one codebook; this number itself is the pad and BOS id.</param>
/// <param name="Codebooks">num_codebooks, of all channels together.</param>
/// <param name="AudioChannels">1, or 2: codebooks are then in the order 1L 1R 2L 2R ….</param>
/// <param name="CrossAttention">Whether layers cross-attend to the text; melody models have the text as a prefix of the
/// columns.</param>
public sealed record DecoderConfig(int Width, int Layers, int Heads, int FeedForwardWidth, int VocabularySize, int Codebooks,
    int AudioChannels, bool CrossAttention = true)
{
    public int HeadSize => Width / Heads;

    /// <summary>The id of cells outside the delay pattern, and of every cell of column 0 (BOS).</summary>
    public int PadId => VocabularySize;

    /// <summary>Codebooks of one channel.</summary>
    public int CodebooksPerChannel => Codebooks / AudioChannels;

    /// <exception cref="UserException">A field is missing, of the wrong kind or not supported.</exception>
    internal static DecoderConfig Read(JsonObjectReader section, bool melody)
    {
        var config = new DecoderConfig(
            section.Size("hidden_size"),
            section.Size("num_hidden_layers"),
            section.Size("num_attention_heads"),
            section.Size("ffn_dim"),
            section.Size("vocab_size"),
            section.Size("num_codebooks"),
            section.Size("audio_channels", 1),
            CrossAttention: !melody);
        var type = melody ? "musicgen_melody_decoder" : "musicgen_decoder";
        section.Require(section.Text("model_type", type) == type, "model_type", $"\"{type}\" is");
        section.Require(section.Text("activation_function", "gelu") == "gelu", "activation_function", "\"gelu\" is");
        section.Require(!section.Flag("scale_embedding", false), "scale_embedding", "embeddings are added as they are");
        section.Require(!section.Flag("tie_word_embeddings", false), "tie_word_embeddings",
            "heads and embeddings are tensors of their own");
        section.Require(!section.Has("cross_attention_hidden_size"), "cross_attention_hidden_size", "text is projected to the decoder's "
            + "width, so it should be null");
        section.Require(config.Width % config.Heads == 0, "num_attention_heads", $"it should divide hidden_size ({config.Width})");
        section.Require(config.Width % 2 == 0 && config.Width > 2, "hidden_size",
            "an even number is, since half of each position is cosines");
        section.Require(config.AudioChannels is 1 or 2, "audio_channels", "1 and 2 are");
        section.Require(config.Codebooks % config.AudioChannels == 0, "num_codebooks", "every channel should have as many");
        section.Require(config.VocabularySize <= short.MaxValue, "vocab_size",
            $"codes are kept in 16 bits, so at most {short.MaxValue} is");
        section.Require(section.Size("pad_token_id", config.PadId, 0) == config.PadId, "pad_token_id",
            $"vocab_size ({config.PadId}) is");
        section.Require(section.Size("bos_token_id", config.PadId, 0) == config.PadId, "bos_token_id",
            $"vocab_size ({config.PadId}) is");
        section.Require(!section.Has("eos_token_id"), "eos_token_id", "pieces are as long as asked for, so it should be null");
        return config;
    }
}

/// <summary>The text encoder's part of <c>config.json</c> (T5's encoder).</summary>
/// <param name="Width">d_model.</param>
/// <param name="HeadSize">d_kv; heads × head size need not be the width.</param>
/// <param name="FeedForwardWidth">d_ff.</param>
/// <param name="Layers">num_layers.</param>
/// <param name="Heads">num_heads.</param>
/// <param name="RelativeBuckets">relative_attention_num_buckets.</param>
/// <param name="RelativeMaxDistance">relative_attention_max_distance, tokens.</param>
/// <param name="LayerNormEpsilon">layer_norm_epsilon.</param>
/// <param name="GatedGelu">feed_forward_proj: "gated-gelu" rather than "relu".</param>
/// <param name="VocabularySize">vocab_size.</param>
public sealed record TextEncoderConfig(
    int Width,
    int HeadSize,
    int FeedForwardWidth,
    int Layers,
    int Heads,
    int RelativeBuckets,
    int RelativeMaxDistance,
    double LayerNormEpsilon,
    bool GatedGelu,
    int VocabularySize)
{
    /// <exception cref="UserException">A field is missing, of the wrong kind or not supported.</exception>
    internal static TextEncoderConfig Read(JsonObjectReader section)
    {
        section.Require(section.Text("model_type", "t5") == "t5", "model_type", "the text encoder should be \"t5\"");
        var feedForward = section.Text("feed_forward_proj", "relu");
        section.Require(feedForward is "relu" or "gated-gelu", "feed_forward_proj", "\"relu\" and \"gated-gelu\" are");
        var gated = feedForward == "gated-gelu";
        section.Require(section.Flag("is_gated_act", gated) == gated, "is_gated_act", $"with feed_forward_proj \"{feedForward}\" "
            + (gated ? "it should be true" : "it should be false"));
        var activation = gated ? "gelu_new" : "relu";
        section.Require(section.Text("dense_act_fn", activation) == activation, "dense_act_fn",
            $"with feed_forward_proj \"{feedForward}\" it should be \"{activation}\"");
        var buckets = section.Size("relative_attention_num_buckets", 32, min: 4);
        section.Require(buckets % 4 == 0, "relative_attention_num_buckets", "a multiple of 4 is");
        var epsilon = section.Number("layer_norm_epsilon", 1e-6);
        section.Require(epsilon is > 0 and < 1, "layer_norm_epsilon", "a small number above 0 is");
        return new TextEncoderConfig(
            section.Size("d_model"),
            section.Size("d_kv"),
            section.Size("d_ff"),
            section.Size("num_layers"),
            section.Size("num_heads"),
            buckets,
            section.Size("relative_attention_max_distance", 128, min: buckets / 4 + 1),
            epsilon,
            gated,
            section.Size("vocab_size"));
    }
}

/// <summary>The additional settings of a melody model (<c>model_type: musicgen_melody</c>): two fields of <c>config.json</c>, and the
/// chroma settings of <c>preprocessor_config.json</c>.</summary>
/// <param name="Chroma">num_chroma: bins of a chroma frame, from C up.</param>
/// <param name="ChromaLength">chroma_length: chroma frames before the text.</param>
/// <param name="SamplingRate">sampling_rate of the melody's sound, Hz.</param>
/// <param name="FourierLength">n_fft: samples of a spectrogram's window.</param>
/// <param name="HopLength">hop_length: samples from window to window.</param>
/// <param name="MaxSamples">chunk_length · sampling_rate: longer sounds are cut.</param>
public sealed record MelodyConfig(int Chroma, int ChromaLength, int SamplingRate, int FourierLength, int HopLength, int MaxSamples)
{
    /// <exception cref="UserException">A field is missing, of the wrong kind or not supported.</exception>
    internal static MelodyConfig Read(JsonObjectReader root, string preprocessorFile)
    {
        if (!File.Exists(preprocessorFile))
            throw new UserException($"{preprocessorFile} does not exist: a melody model needs it to read melodies. Fetch the folder again.");
        var section = ConfigFields.Open(preprocessorFile);
        section.Require(section.Text("feature_extractor_type") == "MusicgenMelodyFeatureExtractor", "feature_extractor_type",
            "\"MusicgenMelodyFeatureExtractor\" is");
        var chroma = root.Size("num_chroma", 12);
        section.Require(section.Size("num_chroma", 12) == chroma, "num_chroma", $"it should equal config.json's ({chroma})");
        section.Require(section.Size("feature_size", chroma) == chroma, "feature_size", $"it should equal config.json's num_chroma ({chroma})");
        var rate = section.Size("sampling_rate", 32000);
        var length = section.Size("n_fft", 16384, min: 4);
        section.Require((length & (length - 1)) == 0, "n_fft", "a power of two is");
        section.Require((long)length * chroma <= 1 << 26, "n_fft", $"times num_chroma ({chroma}) at most {1 << 26} is");
        var chunk = section.Size("chunk_length", 30);
        section.Require((long)chunk * rate <= int.MaxValue, "chunk_length", $"at most {int.MaxValue / rate} s of {rate} Hz are");
        var frames = root.Size("chroma_length", 235);
        root.Require(frames <= 1 << 16, "chroma_length", $"at most {1 << 16} are");
        return new MelodyConfig(chroma, frames, rate, length, section.Size("hop_length", 4096), chunk * rate);
    }
}

/// <summary>Recommended settings of <c>generation_config.json</c>.</summary>
/// <param name="Guidance">guidance_scale.</param>
/// <param name="MaxColumns">max_length: columns of one window, BOS included.</param>
public sealed record GenerationConfig(double Guidance, int MaxColumns)
{
    /// <summary>Reads the file; without it MusicGen's values are used.</summary>
    /// <exception cref="UserException">A field is of the wrong kind, or its first token is not the model's.</exception>
    internal static GenerationConfig Read(string file, DecoderConfig decoder)
    {
        if (!File.Exists(file)) return new GenerationConfig(3, 1500);
        var section = ConfigFields.Open(file);
        section.Require(section.Size("decoder_start_token_id", decoder.PadId, 0) == decoder.PadId, "decoder_start_token_id",
            $"the decoder's vocab_size ({decoder.PadId}) is");
        section.Require(section.Size("pad_token_id", decoder.PadId, 0) == decoder.PadId, "pad_token_id",
            $"the decoder's vocab_size ({decoder.PadId}) is");
        section.Require(!section.Has("eos_token_id"), "eos_token_id", "pieces are as long as asked for, so it should be null");
        return new GenerationConfig(section.Number("guidance_scale", 3), section.Size("max_length", 1500, min: 2));
    }
}
