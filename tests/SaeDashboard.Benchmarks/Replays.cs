using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>Forty takes of the shipped model, made twice alone and once among eight: the share of equal ones, and where they first differ.</summary>
internal sealed class Replays : IBenchmark
{
    private const int Batch = 8;

    // Frames of the takes of a batch; the last goes over two seams of windows of 96 frames.
    private static readonly int[] Lengths = [24, 40, 64, 100, 150];
    private static readonly WindowSettings Windows = new(96, 58);

    public string Name => "replay";

    public bool OnlyByName => true;

    public IEnumerable<Figure> Run()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = MusicGenModel.Load(Path.Combine(Repository.Root, "demo", "model"));
        using var dataset = ClipDataset.Open(Path.Combine(Repository.Root, "demo", "dataset"));
        var generator = new MusicGen.Generation.Generator(model);
        var random = new Random(40);
        var (twice, among, first, takes) = (0, 0, -1, 0);
        foreach (var frames in Lengths)
        {
            GenerationRow[] rows = [.. Enumerable.Range(0, Batch).Select(_ => Row(random, dataset, frames))];
            CodeGrid[] alone = [.. rows.Select(row => generator.Generate([row], frames, windows: Windows).Codes[0])];
            var together = generator.Generate(rows, frames, windows: Windows).Codes;
            for (var row = 0; row < Batch; row++, takes++)
            {
                if (generator.Generate([rows[row]], frames, windows: Windows).Codes[0].ContentEquals(alone[row])) twice++;
                var differs = alone[row].FirstDifference(together[row]);
                if (differs is null) among++;
                else if (first < 0 || differs < first) first = differs.Value;
            }
        }
        yield return new("takes", takes, "");
        yield return new("made twice, equal", 100.0 * twice / takes, "%");
        yield return new("made alone and among 8, equal", 100.0 * among / takes, "%");
        yield return new("first differing column (-1: none differs)", first, "");
    }

    private static GenerationRow Row(Random random, ClipDataset dataset, int frames)
    {
        var clip = dataset.Clips[random.Next(dataset.Clips.Count)];
        return new GenerationRow
        {
            Prompt = random.Next(4) switch { 0 => null, 1 => "", _ => clip.Caption },
            Seed = (ulong)random.NextInt64(),
            Sampling = new SamplingSettings(random.Next(3) == 0 ? 1 : 1 + 4 * random.NextDouble(), 0.7 + 0.6 * random.NextDouble(), random.Next(2) == 0 ? 250 : 50,
                random.Next(2) == 0 ? 1 : 0.9, random.Next(6) == 0),
            Continue = random.Next(4) == 0 ? dataset.Codes(clip).Slice(0, random.Next(1, frames)) : null,
        };
    }
}
