using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Melody;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker;

/// <summary>Sound that a person hands in, brought to what the model reads.</summary>
internal static class AudioInput
{
    /// <summary>A WAV file as codes: with the model's channels, at its rate.</summary>
    public static CodeGrid Codes(string path, MusicGenModel model, ConsoleProgress progress)
    {
        var wave = Read(path, model.Codec.SampleRate, progress);
        var channels = model.Config.Decoder.AudioChannels;
        if (wave.Channels.Length == channels) return model.EncodeSound(wave.Channels);
        if (wave.Channels.Length == 1) progress.Note($"{path}: its one channel stands for each of the model's {channels}.");
        return model.EncodeSound([Mixed(path, wave, progress)]);
    }

    /// <summary>A WAV file as a melody to follow.</summary>
    /// <exception cref="UserException">The model follows none.</exception>
    public static MelodyChroma Melody(string path, MusicGenModel model, ConsoleProgress progress)
    {
        var chroma = model.Chroma
            ?? throw new UserException($"{model.Folder} follows no melody: --melody needs a melody model (config.json: \"model_type\": \"musicgen_melody\").");
        var wave = Read(path, chroma.SampleRate, progress);
        if (wave.Seconds > chroma.LongestSeconds) progress.Note(FormattableString.Invariant($"{path}: the melody is cut after {chroma.LongestSeconds} s."));
        return chroma.Extract(Mixed(path, wave, progress));
    }

    /// <summary>Reads a WAV file at <paramref name="sampleRate"/> Hz; says so when that changes the sound.</summary>
    private static Waveform Read(string path, int sampleRate, ConsoleProgress progress)
    {
        var wave = WavFile.Read(path);
        if (wave.SampleRate == sampleRate) return wave;
        progress.Note($"{path}: resampled from {wave.SampleRate} Hz to the model's {sampleRate} Hz.");
        return Resampler.To(wave, sampleRate);
    }

    private static float[] Mixed(string path, Waveform wave, ConsoleProgress progress)
    {
        if (wave.Channels.Length > 1) progress.Note($"{path}: {wave.Channels.Length} channels mixed to mono.");
        return wave.ToMono();
    }
}
