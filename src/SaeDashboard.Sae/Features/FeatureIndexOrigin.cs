using SaeDashboard.Sae.Activations;

namespace SaeDashboard.Sae.Features;

/// <summary>Where the activations of a feature index come from; the SAE's own hash is read from the SAE.</summary>
/// <param name="ModelHash">SHA-256 of the model's weights.</param>
/// <param name="DatasetHash">SHA-256 of the data set.</param>
/// <param name="Dataset">The data set's name.</param>
/// <param name="Hook">The place in the model, such as "layers.4.resid_post".</param>
/// <param name="Layer">Its layer.</param>
/// <param name="FrameRate">Columns a second (Hz).</param>
public sealed record FeatureIndexOrigin(string ModelHash, string DatasetHash, string Dataset, string Hook, int Layer, double FrameRate)
{
    /// <summary>The origin of what a store holds; the store does not know the codec's frame rate (Hz).</summary>
    public static FeatureIndexOrigin Of(ActivationSource source, double frameRate) =>
        new(source.ModelHash, source.DatasetHash, source.Dataset, source.Hook, source.Layer, frameRate);
}
