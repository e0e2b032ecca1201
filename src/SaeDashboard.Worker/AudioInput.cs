using SaeDashboard.Core.Audio;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker;

/// <summary>Sound that a person hands in, brought to what the codec reads.</summary>
internal static class AudioInput
{
    /// <summary>Reads a WAV file as mono at <paramref name="sampleRate"/> Hz; says so when that changes the sound.</summary>
    public static float[] ReadMono(string path, int sampleRate, ConsoleProgress progress)
    {
        var wave = WavFile.Read(path);
        if (wave.SampleRate != sampleRate)
        {
            progress.Note($"{path}: resampled from {wave.SampleRate} Hz to the model's {sampleRate} Hz.");
            wave = Resampler.To(wave, sampleRate);
        }
        if (wave.Channels.Length > 1) progress.Note($"{path}: {wave.Channels.Length} channels mixed to mono.");
        return wave.ToMono();
    }
}
