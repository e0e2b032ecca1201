using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using SaeDashboard.Core.Takes;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Bench;

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

/// <summary>A small model at work.</summary>
/// <param name="RealTime">Seconds of sound for a second of work, sound included: one guided row.</param>
/// <param name="RealTimeThreeArms">The same with three guided rows, each decoded.</param>
/// <param name="FirstAudioMilliseconds">From the request, warm, to the first bytes of sound in the file, two arms.</param>
/// <param name="Step">Steps of one row.</param>
/// <param name="StepThreeArms">Steps of three rows.</param>
internal sealed record DemoFigures(double RealTime, double RealTimeThreeArms, double FirstAudioMilliseconds, StepFigures Step, StepFigures StepThreeArms);

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
