namespace SaeDashboard.Core.Saes;

/// <summary>
/// Brings an SAE into a form that a format can say. Where the library has no such setting, the same function is written with other weights
/// (b_dec folded into the encoder's bias, decoder norms into the weights); what cannot be written at all is refused by name.
/// </summary>
public static class SaeConversion
{
    /// <summary>The SAE for that format, and what was done to it, a sentence each.</summary>
    /// <exception cref="UserException">The format has no such SAE.</exception>
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

    /// <summary>Whether the format can say the SAE, changed as <see cref="Prepare"/> changes it.</summary>
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

    /// <summary>For formats that know neither input normalisation, nor rescaled latents, nor (sparsify) inputs that keep b_dec.</summary>
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

    /// <summary>Whether dictionary_learning would leave the decoder as it is.</summary>
    internal static bool HasUnitDecoder(SaeContents sae) => Array.TrueForAll(SaeFolding.RowNorms(sae.Tensors["W_dec"], sae.Config.DIn), DictionaryLearningFormat.IsOne);
}
