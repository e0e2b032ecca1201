using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>
/// Whether long pieces fall silent: the share of pieces of 30 s with more than 0.8 s below −50 dBFS away from their ends (the first second and
/// the last two), from one prompt and from captions of the test split; the same of clips of the data set, which is what the model learnt.
/// </summary>
internal sealed class Silences : IBenchmark
{
    private const int Seconds = 30;
    private const int Pieces = 40;
    private const int Batch = 8;

    // RMS of stretches of 20 ms.
    private const double Floor = -50, LongestRest = 0.8, Stretch = 0.02, FirstSecond = 1, LastSeconds = 2;

    public string Name => "silences";

    public bool OnlyByName => true;

    public IEnumerable<Figure> Run()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = MusicGenModel.Load(Path.Combine(Repository.Root, "demo", "model"));
        using var dataset = ClipDataset.Open(Path.Combine(Repository.Root, "demo", "dataset"));
        var test = dataset.InSplit("test");
        var windows = WindowSettings.Of(model.Config);
        yield return new("window", windows.Frames, "frames");
        yield return new("stride", windows.Stride, "frames");

        var clips = test.Take(200).Select(clip => Rest(model, model.Codec.Decode(dataset.Codes(clip)))).ToArray();
        yield return new("clips of the data set that rest longer", 100 * Share(clips), "%");
        var single = Make(model, Enumerable.Repeat("fast rock beat, slap bass line, happy", Pieces), windows.Frames, windows);
        yield return new("one window of the rock prompt that rests longer", 100 * Share(single), "%");
        var rock = Make(model, Enumerable.Repeat("fast rock beat, slap bass line, happy", Pieces), (int)(Seconds * model.Codec.FrameRate), windows);
        yield return new("pieces of the rock prompt that rest longer", 100 * Share(rock), "%");
        yield return new("their longest rest, mean", rock.Average(), "s");
        var captions = Make(model, test.Where((_, index) => index % (test.Count / Pieces) == 0).Take(Pieces).Select(clip => clip.Caption), (int)(Seconds * model.Codec.FrameRate), windows);
        yield return new("pieces of test captions that rest longer", 100 * Share(captions), "%");
        yield return new("their longest rest, mean", captions.Average(), "s");
    }

    private static double Share(double[] rests) => rests.Count(rest => rest > LongestRest) / (double)rests.Length;

    /// <summary>Each piece's longest rest, seconds.</summary>
    private static double[] Make(MusicGenModel model, IEnumerable<string> prompts, int frames, WindowSettings windows) =>
    [
        .. prompts.Select((prompt, piece) => new GenerationRow { Prompt = prompt, Seed = 7, Sample = piece }).Chunk(Batch)
            .SelectMany(rows => new MusicGen.Generation.Generator(model).Generate(rows, frames, windows: windows).Codes)
            .Select(codes => Rest(model, model.Codec.Decode(codes))),
    ];

    private static double Rest(MusicGenModel model, float[] sound)
    {
        var stretch = (int)(Stretch * model.Codec.SampleRate);
        var (longest, current) = (0, 0);
        for (var at = (int)(FirstSecond * model.Codec.SampleRate); at + stretch <= sound.Length - LastSeconds * model.Codec.SampleRate; at += stretch)
        {
            var power = 0.0;
            foreach (var sample in sound.AsSpan(at, stretch)) power += (double)sample * sample;
            current = 10 * Math.Log10(power / stretch + 1e-12) < Floor ? current + 1 : 0;
            longest = Math.Max(longest, current);
        }
        return longest * Stretch;
    }
}
