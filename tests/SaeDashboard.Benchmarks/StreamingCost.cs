using System.Diagnostics;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;
using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>Whether the last five of thirty seconds cost what the first five do, for codes that are decoded while they come and for music that
/// is made, decoded and played on over the windows' seams.</summary>
internal sealed class StreamingCost : IBenchmark
{
    private const int Seconds = 30;
    private const int Part = 5;
    private const int Repeats = 5;

    public string Name => "streaming";

    public bool OnlyByName => true;

    public IEnumerable<Figure> Run()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = MusicGenModel.Load(Path.Combine(Repository.Root, "demo", "model"));
        var rate = (int)model.Codec.FrameRate;
        var random = new Random(1);
        var codes = new CodeGrid(model.Codec.Codebooks, Seconds * rate);
        for (var codebook = 0; codebook < codes.Codebooks; codebook++)
            for (var frame = 0; frame < codes.Frames; frame++) codes[codebook, frame] = random.Next(model.Codec.CodebookSize);

        foreach (var (name, settings) in new[] { ("as it comes", new StreamSettings()), ("in blocks of 5, can be rewound", new StreamSettings(Block: 5, Kept: 250)) })
            yield return new($"decoding {name}: last 5 s over first 5 s of 30", Ratio(() => Decode(model, codes, settings, rate / 2)), "×");
        yield return new("making and decoding: last 5 s over first 5 s of 30", Ratio(() => Make(model, rate)), "×");
        var shares = Enumerable.Range(0, Repeats).Select(_ => Decode(model, codes, new StreamSettings(), rate / 2).Sum()).Order().ToArray();
        yield return new("decoding as it comes over real time", Seconds / shares[Repeats / 2], "×");
        var blocks = Enumerable.Range(0, Repeats).Select(_ => Decode(model, codes, new StreamSettings(Block: 5, Kept: 250), rate / 2).Sum()).Order().ToArray();
        yield return new("decoding in blocks of 5 over real time", Seconds / blocks[Repeats / 2], "×");
    }

    /// <summary>The median of some runs, each of which gives its time second by second.</summary>
    private static double Ratio(Func<double[]> run)
    {
        run();
        var ratios = Enumerable.Range(0, Repeats).Select(_ => run()).Select(times => times[^Part..].Sum() / times[..Part].Sum()).Order().ToArray();
        return ratios[Repeats / 2];
    }

    private static double[] Decode(MusicGenModel model, CodeGrid codes, StreamSettings settings, int piece)
    {
        using var stream = model.Codec.NewStream(settings);
        var times = new double[Seconds];
        for (var final = piece; final <= codes.Frames; final += piece)
        {
            var start = Stopwatch.GetTimestamp();
            stream.Decode(codes, final);
            times[(final - 1) * Seconds / codes.Frames] += Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return times;
    }

    private static double[] Make(MusicGenModel model, int rate)
    {
        using var run = new MusicGen.Generation.Generator(model).Start([new GenerationRow { Seed = 1 }], Seconds * rate);
        using var stream = model.Codec.NewStream();
        var times = new double[Seconds];
        while (!run.IsDone)
        {
            var second = Math.Min(Seconds - 1, run.FinalFrames / rate);
            var start = Stopwatch.GetTimestamp();
            run.Advance();
            if (run.IsDone || run.FinalFrames % (rate / 2) == 0) stream.Decode(run.Codes[0], run.FinalFrames);
            times[second] += Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return times;
    }
}
