using System.CommandLine;
using System.Globalization;
using System.Text;
using SaeDashboard.MusicGen;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Benching;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Verbs;

/// <summary><c>bench</c>: how fast models generate here, as ratios that mean something on any machine.</summary>
internal sealed class BenchVerb : Verb
{
    private const int Frames = 500;
    private const int Repeats = 3;
    private const int BandwidthReads = 21;

    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly ComputeOptions compute;
    private readonly Option<bool> fullSizeOption = new("--full-size") { Description = "Also a random model of musicgen-small's shape: writes 2.4 GB to --temporary, takes some minutes and 6 GB of memory" };
    private readonly Option<string> temporaryOption = new Option<string>("--temporary") { Description = "Where the random model is written, and deleted afterwards", HelpName = "dir" }.Default(Path.GetTempPath());

    public BenchVerb() : base("bench", "Measures generation: over real time, over the time its bytes take to read, and what steps spend their time on.",
        "bench --model demo/model")
    {
        Options.Add(modelOption);
        compute = new ComputeOptions(this);
        Options.Add(fullSizeOption);
        Options.Add(temporaryOption);
    }

    public override VerbResult Run(VerbContext context)
    {
        var folder = Directory.CreateDirectory(Path.Combine(context.Get(temporaryOption), $"sae-bench-{Guid.NewGuid():N}")).FullName;
        try
        {
            using var memory = new ReadBandwidth();
            var bandwidth = Spread.Of(Enumerable.Range(0, BandwidthReads).Select(_ => memory.Read()));
            context.Progress.Note(string.Create(CultureInfo.InvariantCulture, $"Memory is read at {GigabytesASecond(bandwidth)} by {TorchRuntime.Threads} threads."));
            var demo = Demo(context.Get(modelOption), compute.Read(context), folder);
            var fullSize = new List<FullSizeFigures>();
            if (context.Get(fullSizeOption))
            {
                context.Progress.Note("Writing a random model of full size…");
                RandomModel.Write(folder, Path.Combine(context.Get(modelOption), "tokenizer.json"));
                foreach (var type in (ComputeType[])[ComputeType.Float32, ComputeType.BFloat16])
                {
                    context.Cancellation.ThrowIfCancellationRequested();
                    context.Progress.Note($"Measuring it in {type}…");
                    fullSize.Add(FullSizeMeasure.Of(folder, type, memory));
                }
            }
            return new VerbResult(new { threads = TorchRuntime.Threads, bandwidth, model = demo, fullSize }, Text(bandwidth, demo, fullSize));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DemoFigures Demo(string path, ModelOptions options, string folder)
    {
        using var model = MusicGenModel.Load(path, options);
        var columns = Math.Min(Frames + model.Config.Decoder.CodebooksPerChannel, model.Config.Generation.MaxColumns);
        var frames = columns - model.Config.Decoder.CodebooksPerChannel;
        double RealTime(int arms) => frames / model.Codec.FrameRate / Median(() => MusicMeasure.Time(model, arms, frames, folder).All);
        MusicMeasure.Time(model, 2, frames, folder);
        var first = Median(() => MusicMeasure.Time(model, 2, frames, folder, onlyFirst: true).First);
        StepFigures Steps(int arms) => StepMeasure.Of(model, [arms], columns, places: 5, steps: 40)[0];
        return new DemoFigures(RealTime(1), RealTime(3), 1000 * first, Steps(1), Steps(3));
    }

    private static double Median(Func<double> measure) => Enumerable.Range(0, Repeats).Select(_ => measure()).Order().ElementAt(Repeats / 2);

    private static string GigabytesASecond(Spread speed) => FormattableString.Invariant($"{speed.Median / 1e9:F1} ({speed.Low / 1e9:F1}–{speed.High / 1e9:F1}) GB/s");

    private static string Text(Spread bandwidth, DemoFigures demo, List<FullSizeFigures> fullSize)
    {
        var text = new StringBuilder();
        text.AppendLine("Ratios are medians, with the tenth and the ninetieth percentile.");
        text.AppendLine(CultureInfo.InvariantCulture, $"memory            {GigabytesASecond(bandwidth)} read by {TorchRuntime.Threads} threads");
        text.AppendLine(CultureInfo.InvariantCulture, $"with sound        {demo.RealTime:F1} × real time, three arms {demo.RealTimeThreeArms:F1} ×; first sound after {demo.FirstAudioMilliseconds:F0} ms");
        Describe("a step", demo.Step);
        Describe("  three arms", demo.StepThreeArms);
        foreach (var full in fullSize)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"full size, {full.Type}: loaded in {full.LoadSeconds:F1} s, memory {full.LoadMemory:F2} × the weights");
            text.AppendLine(CultureInfo.InvariantCulture, $"  memory          {GigabytesASecond(full.Bandwidth)} between the steps");
            text.AppendLine(CultureInfo.InvariantCulture, $"  of the floor    {full.OfFloor}, three arms {full.OfFloorThreeArms}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  × transformers  {full.OverTransformers}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  three arms      {full.ThreeArmsOverOne} × one (bytes {full.ThreeArmsOverOneFloor:F2} ×), a piece of 10 s {full.ThreeArmsOverOneTenSeconds} × one");
            Describe("  a step", full.Step);
            Describe("  three arms", full.StepThreeArms);
        }
        return text.ToString().TrimEnd();

        void Describe(string what, StepFigures step) => text.AppendLine(CultureInfo.InvariantCulture,
            $"{what,-18}{step.Milliseconds:F2} ms, overhead {step.Overhead:P0}: {string.Join(", ", step.Shares.Select(share => FormattableString.Invariant($"{share.Key} {share.Value:P1}")))}; {step.AllocatedBytes} B allocated");
    }
}
