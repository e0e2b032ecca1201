using System.Globalization;
using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Hooks;

/// <summary>A place in the decoder where a hook reads and edits: "layers.4.resid_post" is the residual stream after layer 4.</summary>
/// <param name="Layer">Counted from 0.</param>
/// <param name="Point">What of the layer; <see cref="ResidualPost"/> is the one there is.</param>
public readonly record struct HookSite(int Layer, string Point)
{
    /// <summary>The residual stream after the layer, before the final norm (also after the last layer).</summary>
    public const string ResidualPost = "resid_post";

    /// <summary>The residual stream after <paramref name="layer"/>.</summary>
    public static HookSite After(int layer) => new(layer, ResidualPost);

    /// <exception cref="UserException">The text is no such name.</exception>
    public static HookSite Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('.');
        if (parts is ["layers", var number, ResidualPost]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var layer))
            return new HookSite(layer, ResidualPost);
        throw new UserException($"'{text}' is no hook point: one is written layers.<number>.{ResidualPost}, such as "
            + $"layers.4.{ResidualPost}.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"layers.{Layer}.{Point}");
}
