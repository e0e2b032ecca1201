namespace SaeDashboard.Core.Saes;

/// <summary>
/// Brings an SAE into a form that a format can express. Where the library lacks a setting, the same function is written with other weights
/// (b_dec folded into the encoder's bias, decoder norms into the weights); what cannot be expressed is rejected by name.
/// </summary>
public static class SaeConversion
{
    /// <summary>The SAE for that format, and the changes made to it, a sentence each.</summary>
    /// <exception cref="UserException">The format cannot express the SAE.</exception>
    public static (SaeContents Sae, IReadOnlyList<string> Notes) Prepare(SaeContents sae, SaeFormat format)
    {
        try
        {
            return For(sae, format);
        }
        catch (UserException error)
        {
            var others = SaeFormats.All.Where(other => other != format && Holds(sae, other)).Select(other => other.Name()).ToArray();
            throw new UserException($"{error.Message} {(others.Length > 0 ? $"Choose another format: {string.Join(" or ", others)}." : "No other format can hold it either: keep the folder as it is.")}", error);
        }
    }

    /// <summary>Whether the format can express the SAE after the changes of <see cref="Prepare"/>.</summary>
    private static bool Holds(SaeContents sae, SaeFormat format)
    {
        try
        {
            For(sae, format);
            return true;
        }
        catch (UserException)
        {
            return false;
        }
    }

    private static (SaeContents Sae, IReadOnlyList<string> Notes) For(SaeContents sae, SaeFormat format)
    {
        var config = sae.Config;
        var notes = config.Notes.ToList();
        var can = format switch
        {
            SaeFormat.SaeLens => config.Architecture != SaeArchitecture.GroupMax,
            SaeFormat.Sparsify => config.Architecture.HasK(),
            SaeFormat.DictionaryLearning => config.Architecture != SaeArchitecture.GroupMax,
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format."),
        };
        if (!can) throw CannotSay(format, $"{config.Architecture.Name()} SAEs");
        if (format == SaeFormat.SaeLens) return (sae, notes);

        RequireNoColumnNormalization(format, config);
        if (sae.Config.NormalizeActivations != InputNormalization.None)
        {
            sae = sae with { Config = sae.Config with { NormalizeActivations = InputNormalization.None } };
            notes.Add("This format has no such setting: normalize_activations was left out, and the SAE computes what it computed here.");
        }
        if (sae.Config.RescaleActsByDecoderNorm)
        {
            sae = SaeFolding.DecoderNorms(sae);
            notes.Add("The decoder's norms were folded into the weights: latents keep their values, but the weights are others, and so is their hash.");
        }
        if (SubtractsBDec(sae, format) is { } subtract && subtract != sae.Config.ApplyBDecToInput)
        {
            sae = SaeFolding.BDec(sae, subtract);
            notes.Add($"b_dec was folded into the encoder's bias, since the class that keeps the latents' scale {(subtract ? "always" : "never")} subtracts it: latents keep their " +
                "values, but the weights are others, and so is their hash.");
        }
        if (sae.Sparsity is not null) notes.Add("The latents' frequencies in training (sparsity.safetensors) have no place in this format and were left out.");
        if (format == SaeFormat.DictionaryLearning) _ = DictionarySettings.Of(sae).RequireClass(sae);
        return (sae with { Sparsity = null }, notes);
    }

    internal static UserException CannotSay(SaeFormat format, string what) => new($"{format.Title()} folders cannot hold {what}.");

    /// <summary>For formats without input normalisation, rescaled latents and (sparsify) inputs that keep b_dec.</summary>
    internal static void RequirePlain(SaeFormat format, SaeConfig config)
    {
        RequireNoColumnNormalization(format, config);
        if (config.RescaleActsByDecoderNorm) throw CannotSay(format, "latents in units of their decoder row's norm");
        if (format == SaeFormat.Sparsify && !config.ApplyBDecToInput) throw CannotSay(format, "SAEs that do not subtract b_dec from their input");
    }

    private static void RequireNoColumnNormalization(SaeFormat format, SaeConfig config)
    {
        if (config.NormalizeActivations is InputNormalization.LayerNorm or InputNormalization.ConstantNormRescale)
            throw CannotSay(format, $"SAEs that normalise each column (normalize_activations {SaeLensConfig.NameOf(config.NormalizeActivations)})");
    }

    /// <summary>Whether the class that the SAE is written as subtracts b_dec; null: there is one for either.</summary>
    private static bool? SubtractsBDec(SaeContents sae, SaeFormat format)
    {
        if (format == SaeFormat.Sparsify || sae.Config.Architecture is SaeArchitecture.TopK or SaeArchitecture.Gated) return true;
        return DictionarySettings.Of(sae).ClassOf(sae.Config, HasUnitDecoder(sae)) is null ? false : null;
    }

    /// <summary>Whether dictionary_learning would not change the decoder.</summary>
    internal static bool HasUnitDecoder(SaeContents sae) => Array.TrueForAll(SaeFolding.RowNorms(sae.Tensors["W_dec"], sae.Config.DIn), DictionaryLearningFormat.IsOne);
}

/// <summary>Rewrites weights without changing the function. Sums are computed in float64.</summary>
internal static class SaeFolding
{
    /// <summary>Biases that are added to h·W_enc unscaled.</summary>
    private static readonly string[] GateBiases = ["b_enc", "b_gate"];

    /// <summary>
    /// Makes the SAE subtract b_dec from its input, or not: x·W + b = (x − b_dec)·W + (b + b_dec·W). Gated: b_gate likewise, b_mag with
    /// e^r_mag times the same. Thresholds are unchanged, as are pre-activations.
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
    /// <exception cref="UserException">A decoder row is zero, and the SAE divides by its norm.</exception>
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

    /// <summary>One tensor of an SAE with latents rescaled to units of these norms; x̂ is unchanged. Other tensors are returned unchanged.</summary>
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

/// <summary>Transposes matrices.</summary>
internal static class RowMajor
{
    // A block of 64 × 64 values fits the first-level cache.
    private const int Block = 64;

    /// <summary>[rows, columns] to [columns, rows].</summary>
    public static float[] Transpose(ReadOnlySpan<float> values, int rows, int columns)
    {
        var result = GC.AllocateUninitializedArray<float>(values.Length);
        for (var top = 0; top < rows; top += Block)
        {
            for (var left = 0; left < columns; left += Block)
            {
                var (bottom, right) = (Math.Min(rows, top + Block), Math.Min(columns, left + Block));
                for (var row = top; row < bottom; row++)
                {
                    var from = values.Slice((int)((long)row * columns), columns);
                    for (var column = left; column < right; column++) result[(long)column * rows + row] = from[column];
                }
            }
        }
        return result;
    }
}
