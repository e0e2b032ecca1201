using System.Diagnostics;
using SaeDashboard.Core.Takes;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.Worker.Benching;

/// <summary>Times music as a take is made: rows of one batch, their sound streamed into files as frames become final.</summary>
internal static class MusicMeasure
{
    private const int FramesOfAChunk = 25;

    /// <param name="model">The model.</param>
    /// <param name="arms">Guided rows.</param>
    /// <param name="frames">Frames of each.</param>
    /// <param name="folder">Where the sound goes.</param>
    /// <param name="onlyFirst">Stops at the first sound.</param>
    /// <returns>Seconds to the first sound, and in all.</returns>
    public static (double First, double All) Time(MusicGenModel model, int arms, int frames, string folder, bool onlyFirst = false)
    {
        var begun = Stopwatch.GetTimestamp();
        double? first = null;
        var rows = Enumerable.Range(0, arms).Select(arm => new GenerationRow { Prompt = "fast rock beat", Seed = 7, Sample = arm }).ToArray();
        using var run = new Generator(model).Start(rows, frames);
        var streams = rows.Select(_ => model.Codec.NewStream()).ToArray();
        var files = rows.Select((_, arm) => GrowingWavWriter.Create(Path.Combine(folder, FormattableString.Invariant($"{arm}.wav")), model.Codec.SampleRate, (long)frames * model.Codec.HopLength)).ToArray();
        try
        {
            for (var fed = 0; fed < frames;)
            {
                while (!run.IsDone && run.FinalFrames - fed < FramesOfAChunk) run.Advance();
                fed = run.FinalFrames;
                for (var arm = 0; arm < arms; arm++)
                {
                    var sound = streams[arm].Decode(run.Codes[arm], fed);
                    files[arm].Append(sound);
                    if (sound.Length > 0) first ??= Stopwatch.GetElapsedTime(begun).TotalSeconds;
                }
                if (onlyFirst && first is not null) break;
            }
            foreach (var file in files) file.Finish();
        }
        finally
        {
            foreach (var stream in streams) stream.Dispose();
            foreach (var file in files) file.Dispose();
        }
        return (first!.Value, Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }
}
