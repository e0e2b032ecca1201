using System.Globalization;

namespace SaeDashboard.Contracts;

/// <summary>
/// A place in a decoder, whatever a library calls it: TransformerLens's hook points, the modules of transformers and audiocraft (whose output
/// sparsify and SAELens take), dictionary_learning's submodules, and our own names, in which <see cref="ToString"/> writes it.
/// </summary>
/// <param name="Layer">Counted from 0.</param>
/// <param name="Point">"resid_post", or another of our names of a layer's points.</param>
public readonly record struct SaeHook(int Layer, string Point)
{
    public const string ResidualPre = "resid_pre", AttentionOut = "attn_out", ResidualMid = "resid_mid", CrossOut = "cross_out", FeedForwardOut = "mlp_out",
        ResidualPost = "resid_post";

    /// <summary>What is understood: for messages.</summary>
    public const string Known = "layers.4.resid_post, blocks.4.hook_resid_pre, blocks.4.hook_attn_out, layers.4.mlp, decoder.model.decoder.layers.4 and the like";

    /// <summary>The points of a layer, in the order in which it computes them.</summary>
    public static IReadOnlyList<string> Points { get; } = [ResidualPre, AttentionOut, ResidualMid, CrossOut, FeedForwardOut, ResidualPost];

    /// <summary>
    /// What may stand before "layers.": the decoder in transformers' models, whole or in part, and in audiocraft's. Other stacks of layers, such as
    /// the codec's or the text encoder's, are not the decoder's.
    /// </summary>
    private static readonly string[] Decoders =
        ["", "model.", "decoder.", "model.decoder.", "decoder.model.", "decoder.model.decoder.", "transformer.", "lm.transformer."];

    /// <summary>
    /// TransformerLens's points. Its resid_mid is not here: a MusicGen layer has a cross-attention behind the self-attention, so there are two
    /// places that could be meant.
    /// </summary>
    private static readonly (string Name, string Point)[] Hooks =
        [("hook_resid_pre", ResidualPre), ("hook_resid_post", ResidualPost), ("hook_mlp_out", FeedForwardOut), ("hook_attn_out", AttentionOut), ("hook_cross_attn_out", CrossOut)];

    /// <summary>The modules of a layer whose output is what they add to the residual stream.</summary>
    private static readonly (string Name, string Point)[] Modules =
    [
        ("", ResidualPost), ("mlp", FeedForwardOut), ("fc2", FeedForwardOut), ("linear2", FeedForwardOut), ("self_attn", AttentionOut), ("self_attn.out_proj", AttentionOut),
        ("attn", AttentionOut), ("attention", AttentionOut), ("encoder_attn", CrossOut), ("encoder_attn.out_proj", CrossOut), ("cross_attention", CrossOut),
    ];

    private static readonly (string Name, string Point)[] Submodules =
        [("resid_post_layer_", ResidualPost), ("resid_pre_layer_", ResidualPre), ("mlp_out_layer_", FeedForwardOut), ("attn_out_layer_", AttentionOut), ("attention_out_layer_", AttentionOut)];

    /// <summary>
    /// The place of that name; null when no decoder's layer has such a place. The stream before a layer is the one after the layer before it and is
    /// called so; before layer 0 it is the embedding.
    /// </summary>
    public static SaeHook? Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var (prefix, point) in Submodules)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && Number(name[prefix.Length..]) is { } layer) return Of(layer, point);
        }
        return OfHooks(name) ?? Decoders.Select(decoder => InDecoder(name, decoder)).FirstOrDefault(hook => hook is not null);
    }

    /// <summary>Whether a text looks like the name of a place in a model: something with a number in it, set off by points.</summary>
    public static bool IsLikely(string name) => name.Contains('.', StringComparison.Ordinal) && name.Split('.') is var parts
        && parts.Zip(parts.Skip(1)).Any(pair => pair.First.Length > 0 && pair.First.All(letter => char.IsAsciiLetter(letter) || letter == '_') && Number(pair.Second) is not null);

    /// <summary>For a person: "layer 4", or "layer 4, mlp_out" where it is not the stream after the layer.</summary>
    public string Words => string.Create(CultureInfo.InvariantCulture, $"layer {Layer}{(Point == ResidualPost ? "" : $", {Point}")}");

    /// <summary><see cref="Words"/> of a name; one that is not understood stays as it is.</summary>
    public static string WordsOf(string name) => Parse(name)?.Words ?? name;

    /// <summary>A layer's point under the name that it has everywhere: the stream before a layer is the one after the layer before it.</summary>
    public static SaeHook At(int layer, string point) => Of(layer, point);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"layers.{Layer}.{Point}");

    private static SaeHook? OfHooks(string name) => name.Split('.') is ["blocks", var number, var hook] && Number(number) is { } layer ? Find(Hooks, hook, layer) : null;

    private static SaeHook? InDecoder(string name, string decoder)
    {
        if (!name.StartsWith(decoder, StringComparison.Ordinal) || name[decoder.Length..].Split('.', 3) is not ["layers", var number, .. var rest] || Number(number) is not { } layer)
            return null;
        var place = rest.Length == 0 ? "" : rest[0];
        return Points.Contains(place) ? Of(layer, place) : Find(Modules, place, layer) ?? Find(Hooks, place, layer);
    }

    private static SaeHook? Find((string Name, string Point)[] names, string name, int layer)
    {
        foreach (var entry in names)
        {
            if (entry.Name == name) return Of(layer, entry.Point);
        }
        return null;
    }

    private static SaeHook Of(int layer, string point) => point == ResidualPre && layer > 0 ? new(layer - 1, ResidualPost) : new(layer, point);

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (text.Length == 1 || text[0] != '0') ? number : null;
}
