using System.Globalization;
using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Hooks;

/// <summary>
/// A point in the decoder where a hook reads and edits: "layers.4.resid_post" is the residual stream after layer 4. The outputs that are
/// added to the stream (<see cref="AttentionOut"/>, <see cref="CrossOut"/>, <see cref="FeedForwardOut"/>) are read before the addition.
/// </summary>
/// <param name="Layer">Counted from 0; −1 for points outside the layers.</param>
/// <param name="Point">The point of the layer, or of the decoder.</param>
public readonly record struct HookSite(int Layer, string Point)
{
    /// <summary>The residual stream before the layer: the previous layer's output, or the decoder's input.</summary>
    public const string ResidualPre = "resid_pre";

    /// <summary>What the self-attention adds.</summary>
    public const string AttentionOut = "attn_out";

    /// <summary>The residual stream after the self-attention, before the cross-attention.</summary>
    public const string ResidualMid = "resid_mid";

    /// <summary>What the cross-attention to the text adds: zeros in the unconditional half.</summary>
    public const string CrossOut = "cross_out";

    /// <summary>What the feed-forward part adds.</summary>
    public const string FeedForwardOut = "mlp_out";

    /// <summary>The residual stream after the layer, before the final norm (also after the last layer).</summary>
    public const string ResidualPost = "resid_post";

    private static readonly string[] OfLayers = [ResidualPre, AttentionOut, ResidualMid, CrossOut, FeedForwardOut, ResidualPost];

    /// <summary>The decoder's input: the codes' embeddings and the position, added.</summary>
    public static HookSite Embed => new(-1, "embed");

    /// <summary>What the heads read: the residual stream after the last layer, normed.</summary>
    public static HookSite FinalNorm => new(-1, "final_norm");

    /// <summary>Every point that each layer has.</summary>
    public static IReadOnlyList<string> LayerPoints => OfLayers;

    /// <summary>The residual stream after <paramref name="layer"/>.</summary>
    public static HookSite After(int layer) => new(layer, ResidualPost);

    /// <exception cref="UserException">The text is not the name of a hook point.</exception>
    public static HookSite Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == Embed.Point) return Embed;
        if (text == FinalNorm.Point) return FinalNorm;
        if (text.Split('.') is ["layers", var number, var point] && Array.IndexOf(OfLayers, point) is >= 0 and var known
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var layer))
            return new HookSite(layer, OfLayers[known]);
        throw new UserException($"'{text}' is not a hook point: write layers.<number>.<point>, such as layers.4.{ResidualPost}, "
            + $"with {string.Join(", ", OfLayers)}; or {Embed.Point}, or {FinalNorm.Point}.");
    }

    /// <summary>Rejects a point that a decoder with this many layers does not have.</summary>
    /// <exception cref="UserException">There is no such point.</exception>
    public void Require(int layers)
    {
        if (this == Embed || this == FinalNorm) return;
        if (Layer >= 0 && Layer < layers && Array.IndexOf(OfLayers, Point) >= 0) return;
        throw new UserException($"There is no hook point {this}: the model's layers are 0 to {layers - 1}, and each has "
            + $"{string.Join(", ", OfLayers)}; the others are {Embed.Point} and {FinalNorm.Point}.");
    }

    public override string ToString() => Layer < 0 ? Point : string.Create(CultureInfo.InvariantCulture, $"layers.{Layer}.{Point}");
}
