using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>What <c>generation_config.json</c> recommends.</summary>
/// <param name="Guidance">guidance_scale.</param>
/// <param name="MaxColumns">max_length: columns of one window, BOS included.</param>
public sealed record GenerationConfig(double Guidance, int MaxColumns)
{
    /// <summary>Reads the file; a folder without it gets MusicGen's values.</summary>
    /// <exception cref="UserException">A field is of the wrong kind, or asks for another first token than the model's.</exception>
    internal static GenerationConfig Read(string file, DecoderConfig decoder)
    {
        if (!File.Exists(file)) return new GenerationConfig(3, 1500);
        var section = ConfigSection.Open(file);
        section.Require(section.Integer("decoder_start_token_id", decoder.PadId, 0) == decoder.PadId, "decoder_start_token_id",
            $"the decoder's vocab_size ({decoder.PadId}) is");
        section.Require(section.Integer("pad_token_id", decoder.PadId, 0) == decoder.PadId, "pad_token_id",
            $"the decoder's vocab_size ({decoder.PadId}) is");
        section.Require(!section.Has("eos_token_id"), "eos_token_id", "pieces are as long as asked for, so it should be null");
        return new GenerationConfig(section.Number("guidance_scale", 3), section.Integer("max_length", 1500, least: 2));
    }
}
