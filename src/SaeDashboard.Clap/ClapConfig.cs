using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.Clap;

/// <summary>A CLAP folder's configuration: <c>config.json</c> and <c>preprocessor_config.json</c>. A missing field has the value that Hugging
/// Face transformers gives it; unsupported settings are rejected by name.</summary>
/// <param name="Audio">The audio tower, HTSAT.</param>
/// <param name="Text">The text tower, RoBERTa.</param>
/// <param name="Sound">How a sound becomes the audio tower's input.</param>
/// <param name="EmbeddingWidth">projection_dim: numbers of an embedding.</param>
public sealed record ClapConfig(ClapAudioConfig Audio, ClapTextConfig Text, ClapSoundConfig Sound, int EmbeddingWidth)
{
    /// <summary>Reads and checks both files of <paramref name="folder"/>.</summary>
    /// <exception cref="UserException">The folder or a file is missing, damaged or another model's, or has an unsupported setting.</exception>
    public static ClapConfig Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserException($"{folder} does not exist: give the folder of a CLAP model as Hugging Face keeps it "
                + "(config.json, preprocessor_config.json, tokenizer.json, model.safetensors).");
        var file = Path.Combine(folder, "config.json");
        if (!File.Exists(file)) throw ForeignFolder.Without(folder, "config.json");

        var root = ConfigFields.Open(file);
        root.Require(root.Text("model_type") == "clap", "model_type", "\"clap\" is (Hugging Face's ClapModel, such as laion/clap-htsat-unfused)");
        root.Require(!root.Has("quantization_config"), "quantization_config", "tensors are F32, F16 or BF16, so it should be null");
        root.Require(root.Text("projection_hidden_act", "relu") == "relu", "projection_hidden_act", "\"relu\" is");
        var audio = ClapAudioConfig.Read(root.ObjectOrEmpty("audio_config"));
        var sound = ClapSoundConfig.Read(Path.Combine(folder, "preprocessor_config.json"), audio);
        return new ClapConfig(audio, ClapTextConfig.Read(root.ObjectOrEmpty("text_config")), sound, root.Size("projection_dim", 512));
    }
}

/// <summary>The audio tower's part of <c>config.json</c>.</summary>
/// <param name="MelBins">num_mel_bins.</param>
/// <param name="Side">spec_size: rows and columns of the picture that the spectrogram is folded into.</param>
/// <param name="Patch">patch_size and patch_stride: rows and columns of a patch.</param>
/// <param name="Width">patch_embeds_hidden_size: the first stage's width, which doubles from stage to stage.</param>
/// <param name="Depths">depths: blocks of each stage.</param>
/// <param name="Heads">num_attention_heads of each stage.</param>
/// <param name="Window">window_size: rows and columns of an attention window, in patches.</param>
/// <param name="FeedForwardRatio">mlp_ratio: a feed-forward part's width over its stage's.</param>
/// <param name="QueryKeyValueBias">qkv_bias.</param>
/// <param name="PatchNorm">enable_patch_layer_norm.</param>
/// <param name="LayerNormEpsilon">layer_norm_eps of the blocks.</param>
public sealed record ClapAudioConfig(int MelBins, int Side, int Patch, int Width, IReadOnlyList<int> Depths, IReadOnlyList<int> Heads, int Window,
    double FeedForwardRatio, bool QueryKeyValueBias, bool PatchNorm, double LayerNormEpsilon)
{
    private const int MaxSide = 4096, MaxWindow = 64, MaxStages = 8;

    /// <summary>Strips of time that are stacked in the picture.</summary>
    public int Strips => Side / MelBins;

    /// <summary>Frames of the picture: shorter spectrograms are stretched to them.</summary>
    public int Frames => Side * Strips;

    /// <summary>Width of a stage.</summary>
    public int WidthOf(int stage) => Width << stage;

    /// <summary>Rows and columns of a stage, in patches.</summary>
    public int SideOf(int stage) => Side / Patch >> stage;

    /// <summary>Width of the last stage.</summary>
    public int OutputWidth => WidthOf(Depths.Count - 1);

    /// <exception cref="UserException">A field is of the wrong kind or not supported.</exception>
    internal static ClapAudioConfig Read(JsonObjectReader section)
    {
        section.Require(section.Text("model_type", "clap_audio_model") == "clap_audio_model", "model_type", "\"clap_audio_model\" is");
        section.Require(!section.Flag("enable_fusion", false), "enable_fusion",
            "a fused model hears long sounds by crops drawn at random, so only unfused ones are (laion/clap-htsat-unfused, laion/larger_clap_music)");
        section.Require(section.Text("hidden_act", "gelu") == "gelu", "hidden_act", "\"gelu\" is");
        section.Require(section.Size("patch_embed_input_channels", 1) == 1, "patch_embed_input_channels", "1 is");
        section.Require(section.Flag("flatten_patch_embeds", true), "flatten_patch_embeds", "true is");
        var config = new ClapAudioConfig(
            section.Size("num_mel_bins", 64),
            section.Size("spec_size", 256),
            Square(section, "patch_size", 4),
            section.Size("patch_embeds_hidden_size", 96),
            section.Has("depths") ? section.Sizes("depths") : [2, 2, 6, 2],
            section.Has("num_attention_heads") ? section.Sizes("num_attention_heads") : [4, 8, 16, 32],
            section.Size("window_size", 8),
            section.Number("mlp_ratio", 4),
            section.Flag("qkv_bias", true),
            section.Flag("enable_patch_layer_norm", true),
            section.Number("layer_norm_eps", 1e-5));
        config.Check(section);
        return config;
    }

    private void Check(JsonObjectReader section)
    {
        section.Require(Depths.Count <= MaxStages, "depths", $"at most {MaxStages} stages are");
        section.Require(Heads.Count == Depths.Count, "num_attention_heads", $"it should have as many numbers as depths ({Depths.Count})");
        section.Require(Side <= MaxSide, "spec_size", $"at most {MaxSide} is");
        section.Require(Side % MelBins == 0, "num_mel_bins", $"it should divide spec_size ({Side})");
        section.Require(Square(section, "patch_stride", 4) == Patch, "patch_stride", $"it should equal patch_size ({Patch}): patches do not overlap");
        section.Require(Window <= MaxWindow, "window_size", $"at most {MaxWindow} is");
        section.Require(Side % ((long)Patch * Window << (Depths.Count - 1)) == 0, "spec_size",
            $"it should be a multiple of patch_size · window_size · 2^(stages − 1) = {(long)Patch * Window << (Depths.Count - 1)}");
        section.Require((long)Width << (Depths.Count - 1) <= 1 << 20, "patch_embeds_hidden_size", $"at most {(1 << 20) >> (Depths.Count - 1)} is with {Depths.Count} stages");
        section.Require(Depths.Select((_, stage) => WidthOf(stage) % Heads[stage] == 0).All(divides => divides), "num_attention_heads", "each should divide its stage's width");
        section.Require(section.Size("hidden_size", OutputWidth) == OutputWidth, "hidden_size", $"the last stage's width ({OutputWidth}) is");
        section.Require(FeedForwardRatio * Width >= 1 && FeedForwardRatio <= 64, "mlp_ratio", "a ratio of at most 64, and of at least one number, is");
        section.Require(LayerNormEpsilon is > 0 and < 1, "layer_norm_eps", "a small number above 0 is");
    }

    /// <summary>A size that is given as one number or as two equal ones.</summary>
    private static int Square(JsonObjectReader section, string name, int fallback)
    {
        if (section.Find(name) is not { ValueKind: JsonValueKind.Array }) return section.Size(name, fallback);
        var sides = section.Sizes(name);
        section.Require(sides.Count == 2 && sides[0] == sides[1], name, "two equal sizes are");
        return sides[0];
    }
}

/// <summary>The text tower's part of <c>config.json</c>.</summary>
/// <param name="Width">hidden_size.</param>
/// <param name="Layers">num_hidden_layers.</param>
/// <param name="Heads">num_attention_heads.</param>
/// <param name="FeedForwardWidth">intermediate_size.</param>
/// <param name="VocabularySize">vocab_size.</param>
/// <param name="Positions">max_position_embeddings; the first token has position <paramref name="PadId"/> + 1.</param>
/// <param name="TokenTypes">type_vocab_size.</param>
/// <param name="PadId">pad_token_id.</param>
/// <param name="LayerNormEpsilon">layer_norm_eps.</param>
public sealed record ClapTextConfig(int Width, int Layers, int Heads, int FeedForwardWidth, int VocabularySize, int Positions, int TokenTypes, int PadId,
    double LayerNormEpsilon)
{
    /// <summary>Tokens of the longest text, the first and the last one included.</summary>
    public int MaxTokens => Positions - PadId - 1;

    /// <exception cref="UserException">A field is of the wrong kind or not supported.</exception>
    internal static ClapTextConfig Read(JsonObjectReader section)
    {
        section.Require(section.Text("model_type", "clap_text_model") == "clap_text_model", "model_type", "\"clap_text_model\" is");
        section.Require(section.Text("hidden_act", "gelu") == "gelu", "hidden_act", "\"gelu\" is");
        section.Require(section.Text("position_embedding_type", "absolute") == "absolute", "position_embedding_type", "\"absolute\" is");
        section.Require(!section.Flag("is_decoder", false), "is_decoder", "false is");
        var config = new ClapTextConfig(
            section.Size("hidden_size", 768),
            section.Size("num_hidden_layers", 12),
            section.Size("num_attention_heads", 12),
            section.Size("intermediate_size", 3072),
            section.Size("vocab_size", 50265),
            section.Size("max_position_embeddings", 514),
            section.Size("type_vocab_size", 1),
            section.Size("pad_token_id", 1, min: 0),
            section.Number("layer_norm_eps", 1e-12));
        section.Require(config.Width % config.Heads == 0, "num_attention_heads", $"it should divide hidden_size ({config.Width})");
        section.Require(config.MaxTokens >= 2, "max_position_embeddings", $"at least pad_token_id + 3 ({config.PadId + 3}) are");
        section.Require(config.MaxTokens <= 1 << 14, "max_position_embeddings", $"at most {1 << 14} tokens are");
        section.Require(config.LayerNormEpsilon is > 0 and < 1, "layer_norm_eps", "a small number above 0 is");
        return config;
    }
}

/// <summary>How a sound shorter than the model's input is lengthened to it.</summary>
public enum SoundPadding
{
    /// <summary>Repeated as often as it fits whole, then silence.</summary>
    RepeatPad,

    /// <summary>Repeated, the last time in part.</summary>
    Repeat,

    /// <summary>Silence after it.</summary>
    Pad,
}

/// <summary>The feature extractor's settings of <c>preprocessor_config.json</c>.</summary>
/// <param name="SamplingRate">sampling_rate, Hz.</param>
/// <param name="MaxSamples">max_length_s · sampling_rate: samples of the model's input.</param>
/// <param name="FourierLength">fft_window_size: samples of a spectrogram's window.</param>
/// <param name="HopLength">hop_length: samples from window to window.</param>
/// <param name="MelBins">feature_size.</param>
/// <param name="MinFrequency">frequency_min, Hz.</param>
/// <param name="MaxFrequency">frequency_max, Hz.</param>
/// <param name="Padding">padding.</param>
public sealed record ClapSoundConfig(int SamplingRate, int MaxSamples, int FourierLength, int HopLength, int MelBins, double MinFrequency, double MaxFrequency,
    SoundPadding Padding)
{
    private const int MostSamples = 1 << 24, MostFourierLength = 1 << 16;

    /// <summary>Frames of the model's input: windows are centred on multiples of the hop.</summary>
    public int Frames => MaxSamples / HopLength + 1;

    /// <summary>Seconds of the model's input.</summary>
    public double Seconds => (double)MaxSamples / SamplingRate;

    /// <exception cref="UserException">The file is missing or another model's, or a field is of the wrong kind or not supported.</exception>
    internal static ClapSoundConfig Read(string file, ClapAudioConfig audio)
    {
        if (!File.Exists(file)) throw ForeignFolder.Without(Path.GetDirectoryName(file)!, Path.GetFileName(file));
        var section = ConfigFields.Open(file);
        section.Require(section.Text("feature_extractor_type") == "ClapFeatureExtractor", "feature_extractor_type", "\"ClapFeatureExtractor\" is");
        section.Require(section.Text("truncation", "fusion") == "rand_trunc", "truncation", "\"rand_trunc\" is, that of unfused models");
        section.Require(!section.Has("top_db"), "top_db", "levels are not limited, so it should be null");
        var rate = section.Size("sampling_rate", 48000);
        var seconds = section.Size("max_length_s", 10);
        section.Require((long)seconds * rate <= MostSamples, "max_length_s", $"at most {MostSamples / rate} s of {rate} Hz are");
        var samples = seconds * rate;
        section.Require(section.Size("nb_max_samples", samples) == samples, "nb_max_samples", $"max_length_s · sampling_rate ({samples}) is");
        var length = section.Size("fft_window_size", 1024, min: 4);
        section.Require(length % 2 == 0 && length <= MostFourierLength && length <= samples, "fft_window_size",
            $"an even number of at most {Math.Min(MostFourierLength, samples)} samples is");
        var bins = section.Size("feature_size", 64);
        section.Require(bins == audio.MelBins, "feature_size", $"it should equal config.json's audio_config.num_mel_bins ({audio.MelBins})");
        var (lowest, highest) = (section.Number("frequency_min", 0), section.Number("frequency_max", 14000));
        section.Require(lowest >= 0 && lowest < highest, "frequency_min", $"0 to frequency_max ({highest}) is");
        section.Require(highest <= rate / 2.0, "frequency_max", $"at most half of sampling_rate ({rate / 2.0}) is");
        var hop = section.Size("hop_length", 480);
        var config = new ClapSoundConfig(rate, samples, length, hop, bins, lowest, highest, section.OneOf("padding",
            [("repeatpad", SoundPadding.RepeatPad), ("repeat", SoundPadding.Repeat), ("pad", SoundPadding.Pad)], SoundPadding.RepeatPad));
        section.Require(config.Frames <= audio.Frames, "hop_length",
            $"with {samples} samples at least {samples / audio.Frames + 1} is, since the audio tower reads {audio.Frames} frames");
        return config;
    }
}
