using System.Globalization;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;

namespace SaeDashboard.Worker.Saes;

/// <summary>Whether an SAE belongs to a model, and where in it.</summary>
internal static class SaeCompatibility
{
    /// <summary>Where the SAE reads. Throws <see cref="UserException"/> when the model has another width or no such place, or the folder names none.</summary>
    public static HookSite Require(string folder, SparseAutoencoder sae, MusicGenModel model)
    {
        var decoder = model.Config.Decoder;
        if (sae.Config.DIn != decoder.Width)
            throw new UserException($"{folder} reads vectors of width {sae.Config.DIn}, the residual stream of {model.Folder} has width {decoder.Width}. Use an SAE trained on this model.");
        if (SaeFolders.HookProblem(folder, sae.Config) is { } problem) throw new UserException(problem);
        var site = SiteOf(sae.Config.Metadata.Hook!.Value);
        if (site.Layer >= decoder.Layers)
            throw new UserException($"{folder} reads at {site}, but {model.Folder} has only layers 0 to {decoder.Layers - 1}.");
        return site;
    }

    /// <summary>The engine's point of that name: the two lists are the same, and a test holds them together.</summary>
    public static HookSite SiteOf(SaeHook hook) => HookSite.Parse(hook.ToString());

    /// <summary>Whether the SAE was trained with each clip's caption instead of the null condition: it is measured as it was trained.</summary>
    public static bool ReadsCaptions(SparseAutoencoder sae) =>
        sae.Config.Metadata.Training is JsonObject training && training["condition"] is JsonValue condition && condition.ToString() == TextConditions.Caption;
}

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
                throw new UserException($"--layers {text}: “{part}” is not a layer of this model, which has layers 0 to {layerCount - 1}.");
            if (!layers.Contains(layer)) layers.Add(layer);
        }
        return layers;
    }

    /// <summary>A point of each of the layers. The stream before a layer is the one after the layer before it, and is called so everywhere.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="point">One of <see cref="HookSite.LayerPoints"/>.</param>
    public static IReadOnlyList<HookSite> At(IEnumerable<int> layers, string point) =>
        [.. layers.Select(layer => SaeCompatibility.SiteOf(SaeHook.At(layer, point)))];
}
