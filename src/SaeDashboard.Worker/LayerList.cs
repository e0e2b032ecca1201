using System.Globalization;
using SaeDashboard.Core;

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
}
