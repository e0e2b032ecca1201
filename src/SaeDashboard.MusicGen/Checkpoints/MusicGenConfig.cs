using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>A checkpoint's configuration: <c>config.json</c> with its three parts, and <c>generation_config.json</c>. What is not
/// supported is refused by name.</summary>
/// <param name="TextEncoder">T5.</param>
/// <param name="AudioEncoder">EnCodec.</param>
/// <param name="Decoder">The language model.</param>
/// <param name="Generation">What is recommended.</param>
/// <param name="Melody">What a melody model adds; null: it is none.</param>
public sealed record MusicGenConfig(TextEncoderConfig TextEncoder, AudioEncoderConfig AudioEncoder, DecoderConfig Decoder,
    GenerationConfig Generation, MelodyConfig? Melody = null)
{
    /// <summary>Reads and checks both files of <paramref name="folder"/>.</summary>
    /// <exception cref="UserException">The folder or its <c>config.json</c> is missing, damaged or asks for something that is not
    /// built here.</exception>
    public static MusicGenConfig Load(string folder)
    {
        var file = Path.Combine(folder, "config.json");
        if (!Directory.Exists(folder))
            throw new UserException($"{folder} does not exist: give the folder of a MusicGen model as Hugging Face keeps it "
                + "(config.json, tokenizer.json, model.safetensors).");
        if (!File.Exists(file))
            throw ForeignFolder.Without(folder, "config.json");

        var root = ConfigSection.Open(file);
        var type = root.Text("model_type");
        root.Require(type is "musicgen" or "musicgen_melody", "model_type", "\"musicgen\" and \"musicgen_melody\" are");
        root.Require(!root.Has("quantization_config"), "quantization_config", "tensors are F32, F16 or BF16, so it should be null");
        root.Require(!root.Flag("tie_encoder_decoder", false), "tie_encoder_decoder", "text encoder and decoder have tensors of their own");
        var melody = type == "musicgen_melody" ? MelodyConfig.Read(root, Path.Combine(folder, "preprocessor_config.json")) : null;

        var decoder = DecoderConfig.Read(root.Section("decoder"), melody is not null);
        var audioSection = root.Section("audio_encoder");
        var audio = AudioEncoderConfig.Read(audioSection);
        audioSection.Require(audio.CodebookSize == decoder.VocabularySize, "codebook_size", $"it should equal decoder.vocab_size "
            + $"({decoder.VocabularySize})");
        return new MusicGenConfig(
            TextEncoderConfig.Read(root.Section("text_encoder")),
            audio,
            decoder,
            GenerationConfig.Read(Path.Combine(folder, "generation_config.json"), decoder),
            melody);
    }
}
