using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker;

/// <summary>Codes as a WAV file, decoded and written piece by piece.</summary>
internal static class AudioOutput
{
    // What is longer says how far it is.
    private const double SecondsInSilence = 10;

    /// <summary>Writes the sound of the codes, whole or not at all.</summary>
    /// <returns>Samples of each channel.</returns>
    /// <exception cref="Core.UserException">The codes are another model's, or the file cannot be written.</exception>
    public static long Write(string path, CodeGrid codes, MusicGenModel model, WavEncoding encoding, VerbContext context)
    {
        var samples = (long)codes.Frames * model.Codec.HopLength;
        WavFile.Write(path, model.Codec.SampleRate, model.Config.Decoder.AudioChannels, samples, Pieces(), encoding);
        return samples;

        IEnumerable<float[][]> Pieces()
        {
            var isLong = samples > SecondsInSilence * model.Codec.SampleRate;
            var done = 0L;
            foreach (var piece in model.DecodePieces(codes))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                yield return piece;
                done += piece[0].Length;
                if (isLong) context.Progress.Report("Decoding", done / model.Codec.HopLength, codes.Frames, "frames");
            }
        }
    }
}
