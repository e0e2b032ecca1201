using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>The language model's part of <c>config.json</c>.</summary>
/// <param name="Width">hidden_size: the residual stream's width.</param>
/// <param name="Layers">num_hidden_layers.</param>
/// <param name="Heads">num_attention_heads.</param>
/// <param name="FeedForwardWidth">ffn_dim.</param>
/// <param name="VocabularySize">vocab_size: codes of one codebook; this number itself is the pad and BOS id.</param>
/// <param name="Codebooks">num_codebooks, of all channels together.</param>
/// <param name="AudioChannels">1, or 2: codebooks then come as 1L 1R 2L 2R ….</param>
/// <param name="CrossAttention">Whether layers look at the text through cross-attention; melody models have it in front of the
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
    internal static DecoderConfig Read(ConfigSection section, bool melody)
    {
        var config = new DecoderConfig(
            section.Integer("hidden_size"),
            section.Integer("num_hidden_layers"),
            section.Integer("num_attention_heads"),
            section.Integer("ffn_dim"),
            section.Integer("vocab_size"),
            section.Integer("num_codebooks"),
            section.Integer("audio_channels", 1),
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
        section.Require(section.Integer("pad_token_id", config.PadId, 0) == config.PadId, "pad_token_id",
            $"vocab_size ({config.PadId}) is");
        section.Require(section.Integer("bos_token_id", config.PadId, 0) == config.PadId, "bos_token_id",
            $"vocab_size ({config.PadId}) is");
        section.Require(!section.Has("eos_token_id"), "eos_token_id", "pieces are as long as asked for, so it should be null");
        return config;
    }
}
