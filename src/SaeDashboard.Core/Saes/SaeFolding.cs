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
        var norms = RowNorms(sae.Tensors["W_dec"], sae.Config.DIn);
        var without = Array.FindIndex(norms, norm => !(norm > 0));
        if (without >= 0)
            throw new UserException($"Latent {without}'s decoder row is zero or not finite, and this SAE divides by its norm: it cannot be converted.");
        var tensors = sae.Tensors.ToDictionary(entry => entry.Key, entry => (float[])entry.Value.Clone());
        foreach (var (name, values) in tensors) TakeIn(norms, name, values);
        return new SaeContents(sae.Config with { RescaleActsByDecoderNorm = false }, tensors, sae.Sparsity);
    }

    /// <summary>The norms of a matrix's rows.</summary>
    public static double[] RowNorms(ReadOnlySpan<float> matrix, int width)
    {
        var norms = new double[matrix.Length / width];
        for (var row = 0; row < norms.Length; row++)
        {
            var sum = 0.0;
            foreach (var value in matrix.Slice(row * width, width)) sum += (double)value * value;
            norms[row] = Math.Sqrt(sum);
        }
        return norms;
    }

    /// <summary>One tensor of an SAE whose latents count in units of these norms from now on: x̂ stays. Other tensors are left as they are.</summary>
    public static void TakeIn(double[] norms, string tensor, float[] values)
    {
        switch (tensor)
        {
            case "W_enc" or "b_enc":
                for (var i = 0; i < values.Length; i++) values[i] = (float)(values[i] * norms[i % norms.Length]);
                break;
            case "W_dec":
                var width = values.Length / norms.Length;
                for (var i = 0; i < values.Length; i++) values[i] = (float)(values[i] / norms[i / width]);
                break;
            default:
                break;
        }
    }
}
