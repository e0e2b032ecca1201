using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Hooks;

namespace SaeDashboard.Worker;

/// <summary>The <c>--layers</c> argument.</summary>
internal static class LayerList
{
    /// <summary>Parses “0,3”; null means every layer. Throws <see cref="UserException"/> for a layer the model lacks.</summary>
    public static IReadOnlyList<int> Parse(string? text, int layerCount)
    {
        if (text is null) return Enumerable.Range(0, layerCount).ToArray();
        var layers = new List<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) || layer >= layerCount)
                throw new UserException($"--layers {text}: “{part}” is no layer of this model; it has layers 0 to {layerCount - 1}.");
            if (!layers.Contains(layer)) layers.Add(layer);
        }
        return layers;
    }

    /// <summary>A point of each of the layers. The stream before a layer is the one after the layer before it, and is called so everywhere.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="point">One of <see cref="HookSite.LayerPoints"/>.</param>
    public static IReadOnlyList<HookSite> At(IEnumerable<int> layers, string point) =>
        [.. layers.Select(layer => SaeFit.SiteOf(SaeHook.At(layer, point)))];
}
