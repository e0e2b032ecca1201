using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>s the scaling x' = s·(x − μ) an SAE was trained with into its weights, so that it reads and writes raw activations.</summary>
public static class InputFolding
{
    /// <summary>
    /// W_enc·s, W_dec/s, b_dec/s + μ; pre-activations and thresholds stay. Without <see cref="SaeConfig.ApplyBDecToInput"/> also b_enc −
    /// s·μᵀW_enc (gated: b_gate likewise, b_mag times e^r_mag). Latents keep their values (with <see
    /// cref="SaeConfig.RescaleActsByDecoderNorm"/> they are divided by s); directions get the norm 1/s.
    /// </summary>
    /// <param name="scaled">The SAE for x'; it stays the caller's.</param>
    /// <param name="scaling">μ and s.</param>
    public static SparseAutoencoder Fold(SparseAutoencoder scaled, ColumnScaling scaling)
    {
        var config = scaled.Config;
        if (config.NormalizeActivations is InputNormalization.LayerNorm or InputNormalization.ConstantNormRescale)
            throw new ArgumentException($"{config.NormalizeActivations} leaves no place for a scaling.", nameof(scaled));

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var mean = TensorData.FromFloats(scaling.Mean, scaling.Mean.Length);
        var weights = scaled.Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        if (!config.ApplyBDecToInput)
        {
            var shift = mean.unsqueeze(0).mm(scaled.WEnc).squeeze(0).mul(scaling.Scale);
            if (config.Architecture == SaeArchitecture.Gated)
            {
                weights["b_gate"] = weights["b_gate"].sub(shift);
                weights["b_mag"] = weights["b_mag"].sub(shift.mul(weights["r_mag"].exp()));
            }
            else
            {
                weights["b_enc"] = weights["b_enc"].sub(shift);
            }
        }
        weights["W_enc"] = weights["W_enc"].mul(scaling.Scale);
        weights["W_dec"] = weights["W_dec"].div(scaling.Scale);
        weights["b_dec"] = weights["b_dec"].div(scaling.Scale).add(mean);
        return new SparseAutoencoder(config, weights);
    }
}
