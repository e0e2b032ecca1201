using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>What a melody model (<c>model_type: musicgen_melody</c>) adds: <c>config.json</c>'s two fields, and how
/// <c>preprocessor_config.json</c> makes a chroma of a sound.</summary>
/// <param name="Chroma">num_chroma: bins of a chroma frame, from C up.</param>
/// <param name="ChromaLength">chroma_length: chroma frames in front of the text.</param>
/// <param name="SamplingRate">sampling_rate: of the melody's sound, Hz.</param>
/// <param name="FourierLength">n_fft: samples of a spectrogram's window.</param>
/// <param name="HopLength">hop_length: samples from window to window.</param>
/// <param name="LongestSamples">chunk_length · sampling_rate: what is longer is cut.</param>
public sealed record MelodyConfig(int Chroma, int ChromaLength, int SamplingRate, int FourierLength, int HopLength, int LongestSamples)
{
    /// <exception cref="UserException">A field is missing, of the wrong kind or not supported.</exception>
    internal static MelodyConfig Read(ConfigSection root, string preprocessorFile)
    {
        if (!File.Exists(preprocessorFile))
            throw new UserException($"{preprocessorFile} does not exist: a melody model needs it to read melodies. Fetch the folder again.");
        var section = ConfigSection.Open(preprocessorFile);
        section.Require(section.Text("feature_extractor_type") == "MusicgenMelodyFeatureExtractor", "feature_extractor_type",
            "\"MusicgenMelodyFeatureExtractor\" is");
        var chroma = root.Integer("num_chroma", 12);
        section.Require(section.Integer("num_chroma", 12) == chroma, "num_chroma", $"it should equal config.json's ({chroma})");
        section.Require(section.Integer("feature_size", chroma) == chroma, "feature_size", $"it should equal config.json's num_chroma ({chroma})");
        var rate = section.Integer("sampling_rate", 32000);
        var length = section.Integer("n_fft", 16384, least: 4);
        section.Require((length & (length - 1)) == 0, "n_fft", "a power of two is");
        section.Require((long)length * chroma <= 1 << 26, "n_fft", $"times num_chroma ({chroma}) at most {1 << 26} is");
        var chunk = section.Integer("chunk_length", 30);
        section.Require((long)chunk * rate <= int.MaxValue, "chunk_length", $"at most {int.MaxValue / rate} s of {rate} Hz are");
        var frames = root.Integer("chroma_length", 235);
        root.Require(frames <= 1 << 16, "chroma_length", $"at most {1 << 16} are");
        return new MelodyConfig(chroma, frames, rate, length, section.Integer("hop_length", 4096), chunk * rate);
    }
}
