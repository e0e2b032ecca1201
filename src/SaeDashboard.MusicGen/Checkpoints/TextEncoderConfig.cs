using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Checkpoints;

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
    internal static TextEncoderConfig Read(ConfigSection section)
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
        var buckets = section.Integer("relative_attention_num_buckets", 32, least: 4);
        section.Require(buckets % 4 == 0, "relative_attention_num_buckets", "a multiple of 4 is");
        var epsilon = section.Number("layer_norm_epsilon", 1e-6);
        section.Require(epsilon is > 0 and < 1, "layer_norm_epsilon", "a small number above 0 is");
        return new TextEncoderConfig(
            section.Integer("d_model"),
            section.Integer("d_kv"),
            section.Integer("d_ff"),
            section.Integer("num_layers"),
            section.Integer("num_heads"),
            buckets,
            section.Integer("relative_attention_max_distance", 128, least: buckets / 4 + 1),
            epsilon,
            gated,
            section.Integer("vocab_size"));
    }
}
