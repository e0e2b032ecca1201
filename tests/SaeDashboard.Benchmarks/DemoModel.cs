using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tracing;
using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>The shipped model at work: music made, coded and decoded against the time it sounds; teacher forcing against a plain matrix product.</summary>
internal sealed class DemoModel : IBenchmark
{
    private const int Frames = 250;
    private const int Layer = 4;

    public string Name => "demo-model";

    public IEnumerable<Figure> Run()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = MusicGenModel.Load(Path.Combine(Repository.Root, "demo", "model"));
        var generator = new MusicGen.Generation.Generator(model);
        var sounds = Frames / model.Codec.FrameRate;
        foreach (var arms in new[] { 1, 3, 8 })
        {
            var rows = Enumerable.Range(0, arms).Select(arm => new GenerationRow { Prompt = "fast rock beat", Seed = (ulong)arm }).ToArray();
            yield return new($"generation, guidance 3, {arms} rows, over real time", sounds / Clock.Median(() => generator.Generate(rows, Frames), repeats: 3), "×");
        }

        using var dataset = ClipDataset.Open(Path.Combine(Repository.Root, "demo", "dataset"));
        var clips = dataset.InSplit("select").Take(TeacherForcing.ClipsOfABatch).Select(dataset.Codes).ToArray();
        var sound = model.Codec.Decode(clips[0]);
        var seconds = clips[0].Frames / model.Codec.FrameRate;
        yield return new("decoding over real time", seconds / Clock.Median(() => model.Codec.Decode(clips[0])), "×");
        yield return new("encoding over real time", seconds / Clock.Median(() => model.Codec.Encode(sound)), "×");

        var forcing = new TeacherForcing(model);
        var columns = clips.Length * clips[0].Frames;
        var took = Clock.Median(() =>
        {
            using var inner = NewDisposeScope();
            forcing.Residuals(clips, [Layer]);
        });
        yield return new($"teacher forcing to layer {Layer}", columns / took, "columns/s");

        // Twelve products of width² a column and layer (query, key, value, output, and eight for the feed-forward part): what a BLAS alone would need.
        var (x, weight) = (randn(columns, model.Config.Decoder.Width), randn(model.Config.Decoder.Width, 12L * model.Config.Decoder.Width));
        var floor = (Layer + 1) * Clock.Median(() => x.mm(weight).Dispose());
        yield return new("  its matrix products alone, share of the time", floor / took, "×");
    }
}
