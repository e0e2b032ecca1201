namespace SaeDashboard.Core.Saes;

/// <summary>Other weights for the same function. Sums are taken in float64.</summary>
internal static class SaeFolding
{
    /// <summary>Biases that are added to h·W_enc as it is.</summary>
    private static readonly string[] GateBiases = ["b_enc", "b_gate"];

    /// <summary>
    /// Makes the SAE subtract b_dec from its input, or not: x·W + b = (x − b_dec)·W + (b + b_dec·W). Gated: b_gate likewise, b_mag with
    /// e^r_mag times the same. Thresholds stay, as pre-activations do.
    /// </summary>
    public static SaeContents BDec(SaeContents sae, bool subtract)
    {
        var (latents, encoder, offset) = (sae.Config.DSae, sae.Tensors["W_enc"], sae.Tensors["b_dec"]);
        var shift = new double[latents];
        for (var i = 0; i < offset.Length; i++)
        {
            var row = encoder.AsSpan(i * latents, latents);
            for (var j = 0; j < latents; j++) shift[j] += (double)offset[i] * row[j];
        }
        var sign = subtract ? 1 : -1;
        var tensors = new Dictionary<string, float[]>(sae.Tensors);
        foreach (var name in GateBiases.Where(tensors.ContainsKey))
            tensors[name] = [.. tensors[name].Select((bias, j) => (float)(bias + sign * shift[j]))];
        if (tensors.TryGetValue("b_mag", out var magnitude))
        {
            var factors = tensors["r_mag"];
            tensors["b_mag"] = [.. magnitude.Select((bias, j) => (float)(bias + sign * Math.Exp(factors[j]) * shift[j]))];
        }
        return new SaeContents(sae.Config with { ApplyBDecToInput = subtract }, tensors, sae.Sparsity);
    }

    /// <summary>A TopK SAE in units of its decoder rows' norms n as one without: W_enc·n, b_enc·n, W_dec/n.</summary>
    /// <exception cref="UserException">A decoder row is zero: such an SAE divides by zero.</exception>
    public static SaeContents DecoderNorms(SaeContents sae)
    {
        var (width, latents) = (sae.Config.DIn, sae.Config.DSae);
        var decoder = (float[])sae.Tensors["W_dec"].Clone();
        var norms = new double[latents];
        for (var j = 0; j < latents; j++)
        {
            var row = decoder.AsSpan(j * width, width);
            var sum = 0.0;
            foreach (var value in row) sum += (double)value * value;
            norms[j] = Math.Sqrt(sum);
            if (!(norms[j] > 0)) throw new UserException($"Latent {j}'s decoder row is zero or not finite, and this SAE divides by its norm: it cannot be converted.");
            foreach (ref var value in row) value = (float)(value / norms[j]);
        }
        var encoder = (float[])sae.Tensors["W_enc"].Clone();
        for (var i = 0; i < encoder.Length; i++) encoder[i] = (float)(encoder[i] * norms[i % latents]);
        var tensors = new Dictionary<string, float[]>(sae.Tensors)
        {
            ["W_dec"] = decoder,
            ["W_enc"] = encoder,
            ["b_enc"] = [.. sae.Tensors["b_enc"].Select((bias, j) => (float)(bias * norms[j]))],
        };
        return new SaeContents(sae.Config with { RescaleActsByDecoderNorm = false }, tensors, sae.Sparsity);
    }
}
