using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;

namespace SaeDashboard.Worker;

/// <summary>Whether an SAE belongs to a model, and where in it.</summary>
internal static class SaeFit
{
    /// <summary>Where the SAE reads. Throws <see cref="UserException"/> when its width or its layer does not exist in the model.</summary>
    public static HookSite Require(string folder, SparseAutoencoder sae, MusicGenModel model)
    {
        var decoder = model.Config.Decoder;
        if (sae.Config.DIn != decoder.Width)
            throw new UserException($"{folder} reads vectors of width {sae.Config.DIn}, the residual stream of {model.Folder} has width {decoder.Width}. Use an SAE trained on this model.");
        if (sae.Config.Metadata.Layer is not { } layer)
            throw new UserException($"{folder} does not say after which layer the SAE reads: add “metadata”: {{ “hook_name”: “layers.4.resid_post” }} (its own layer) to its {SaeFolders.Detect(folder).ConfigFile()}.");
        if (layer >= decoder.Layers)
            throw new UserException($"{folder} reads after layer {layer}, but {model.Folder} has only layers 0 to {decoder.Layers - 1}.");
        return HookSite.After(layer);
    }

    /// <summary>Whether the SAE was trained with each clip's caption instead of the null condition: it is measured as it was trained.</summary>
    public static bool ReadsCaptions(SparseAutoencoder sae) =>
        sae.Config.Metadata.Training is JsonObject training && training["condition"] is JsonValue condition && condition.ToString() == "caption";
}
