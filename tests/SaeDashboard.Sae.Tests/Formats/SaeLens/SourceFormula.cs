namespace SaeDashboard.Sae.Tests.Formats.SaeLens;

/// <summary>What SAELens's source computes, in float64 and written without looking at ours.</summary>
/// <param name="Architecture">standard, topk, jumprelu or gated.</param>
/// <param name="SubtractsBDec">apply_b_dec_to_input.</param>
/// <param name="Normalization">normalize_activations.</param>
/// <param name="Rescales">rescale_acts_by_decoder_norm.</param>
internal sealed record SourceFormula(string Architecture = "standard", bool SubtractsBDec = true, string Normalization = "none", bool Rescales = false)
{
    /// <summary>Latents and reconstruction of one column.</summary>
    /// <param name="x">The column.</param>
    /// <param name="tensors">The weights as they are stored.</param>
    /// <param name="scale">What training multiplied activations by, where the weights have not taken it in.</param>
    public (double[] Latents, double[] Reconstruction) Compute(ReadOnlySpan<float> x, IReadOnlyDictionary<string, float[]> tensors, double scale)
    {
        var (encoder, decoder, center) = (tensors["W_enc"], tensors["W_dec"], tensors["b_dec"]);
        var (width, latents) = (x.Length, decoder.Length / x.Length);
        var input = new double[width];
        for (var i = 0; i < width; i++) input[i] = x[i] * scale;
        var (offset, factor) = Normalize(input);

        var projected = new double[latents];
        for (var j = 0; j < latents; j++)
        {
            for (var i = 0; i < width; i++) projected[j] += (input[i] - (SubtractsBDec ? center[i] : 0)) * encoder[i * latents + j];
        }
        var f = Activate(projected, tensors, Norms(decoder, width));

        var reconstruction = new double[width];
        for (var i = 0; i < width; i++)
        {
            for (var j = 0; j < latents; j++)
            {
                var units = Rescales ? f[j] / Norms(decoder, width)[j] : f[j];
                reconstruction[i] += units * (tensors.TryGetValue("scaling_factor", out var factors) ? factors[j] : 1) * decoder[j * width + i];
            }
            reconstruction[i] = ((reconstruction[i] + center[i]) * factor + offset) / scale;
        }
        return (f, reconstruction);
    }

    /// <summary>Normalises in place; gives what undoes it: x̂·factor + offset.</summary>
    private (double Offset, double Factor) Normalize(double[] x)
    {
        switch (Normalization)
        {
            case "layer_norm":
                var mean = x.Average();
                var deviation = Math.Sqrt(x.Sum(value => (value - mean) * (value - mean)) / (x.Length - 1));
                for (var i = 0; i < x.Length; i++) x[i] = (x[i] - mean) / (deviation + 1e-5);
                return (mean, deviation);
            case "constant_norm_rescale":
                var coefficient = Math.Sqrt(x.Length) / Math.Sqrt(x.Sum(value => value * value));
                for (var i = 0; i < x.Length; i++) x[i] *= coefficient;
                return (0, 1 / coefficient);
            default:
                return (0, 1);
        }
    }

    private double[] Activate(double[] projected, IReadOnlyDictionary<string, float[]> tensors, double[] norms)
    {
        if (Architecture == "gated")
        {
            return [.. projected.Select((p, j) => p + tensors["b_gate"][j] > 0 ? Math.Max(0, p * Math.Exp(tensors["r_mag"][j]) + tensors["b_mag"][j]) : 0)];
        }
        var pre = projected.Select((p, j) => (p + tensors["b_enc"][j]) * (Rescales ? norms[j] : 1)).ToArray();
        return Architecture switch
        {
            "topk" => [.. pre.Select(p => p >= pre.OrderDescending().ElementAt(SaeLensCase.K - 1) ? Math.Max(0, p) : 0)],
            "jumprelu" => [.. pre.Select((p, j) => p > tensors["threshold"][j] ? Math.Max(0, p) : 0)],
            _ => [.. pre.Select(p => Math.Max(0, p))],
        };
    }

    private static double[] Norms(float[] decoder, int width) =>
        [.. decoder.Chunk(width).Select(row => Math.Sqrt(row.Sum(value => (double)value * value)))];
}
