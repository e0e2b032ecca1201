using System.Diagnostics;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.Worker.Benching;

/// <summary>Times steps at columns spread over a window: early ones have few keys to attend to, late ones many.</summary>
internal static class StepMeasure
{
    private const string Prompt = "fast rock beat";

    /// <param name="model">The model.</param>
    /// <param name="arms">Guided rows: two lanes each.</param>
    /// <param name="columns">The window.</param>
    /// <param name="places">Where it is timed: the middles of as many parts of the window.</param>
    /// <param name="steps">Steps at each place, after one that is not counted.</param>
    public static StepFigures Of(MusicGenModel model, int arms, int columns, int places, int steps)
    {
        var rows = Enumerable.Range(0, arms).Select(arm => new GenerationRow { Prompt = Prompt, Sample = arm }).ToArray();
        using var run = new Generator(model).Start(rows, columns - model.Config.Decoder.CodebooksPerChannel);
        var (milliseconds, bytes, total, allocated) = (0.0, 0.0, 0.0, 0L);
        var parts = new double[Enum.GetValues<StepPart>().Length];
        for (var place = 0; place < places; place++)
        {
            run.SkipTo((int)((place + 0.5) / places * columns) - 1);
            run.Advance();
            bytes += BytesRead(model, 2 * arms, run.Column + steps / 2) / places;
            var times = new double[steps];
            var before = GC.GetAllocatedBytesForCurrentThread();
            var profile = StepProfile.Start();
            for (var step = 0; step < steps; step++)
            {
                var begun = Stopwatch.GetTimestamp();
                run.Advance();
                times[step] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
            profile.Stop();
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            total += times.Sum();
            foreach (var part in Enum.GetValues<StepPart>()) parts[(int)part] += 1000 * profile.Seconds(part);
            milliseconds += times.Order().ElementAt(steps / 2) / places;
        }
        var shares = Enum.GetValues<StepPart>().ToDictionary(part => part.ToString().ToLowerInvariant(), part => parts[(int)part] / total);
        shares["rest"] = 1 - shares.Values.Sum();
        var kernels = new[] { StepPart.Products, StepPart.Attention, StepPart.Norm, StepPart.Gelu }.Sum(part => parts[(int)part]) / total;
        return new StepFigures(milliseconds, bytes, shares, 1 - kernels, allocated / (places * steps));
    }

    /// <summary>A step's weights (without those that only the prompt needs), and the keys and values of all lanes.</summary>
    private static double BytesRead(MusicGenModel model, int lanes, int column)
    {
        var decoder = model.Config.Decoder;
        double width = decoder.Width;
        var layer = 6 * width * width + 2 * width * decoder.FeedForwardWidth;
        var weights = decoder.Layers * layer + width * decoder.Codebooks * decoder.VocabularySize;
        return weights * (model.Options.Type == ComputeType.Float32 ? 4 : 2) + 2.0 * lanes * decoder.Layers * width * column * sizeof(float);
    }
}
