using System.Diagnostics;
using System.Globalization;
using SaeDashboard.MusicGen;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Models;

namespace SaeDashboard.Worker.Bench;

/// <summary>Loads a full-size model and times its steps.</summary>
internal static class FullSizeMeasure
{
    private const int Columns = 1500;
    private const int ColumnsOfTenSeconds = 500;
    private const int Places = 6;
    private const int Steps = 11;

    // Measured with transformers 5.23 on two cores of the same kind at 27 GB/s: milliseconds a guided step.
    private const double ReferenceBandwidth = 27e9;
    private const double ReferenceFloat32 = 226;
    private const double ReferenceBFloat16 = 72;

    public static FullSizeFigures Of(string folder, ComputeType type, ReadBandwidth bandwidth)
    {
        var counts = ParameterCounts.Of(folder);
        var weights = 4.0 * (counts.TextEncoder + counts.Codec) + (type == ComputeType.Float32 ? 4.0 : 2.0) * counts.Decoder;
        Settle();
        var before = ProcessMemory.Anonymous();
        var begun = Stopwatch.GetTimestamp();
        using var model = MusicGenModel.Load(folder, new ModelOptions(type));
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var memory = (ProcessMemory.Anonymous() - before) / weights;

        StepFigures[] Measure(int columns) => StepMeasure.Of(model, [1, 3], columns, Places, Steps, bandwidth);
        Spread Ratio(StepFigures[] pair) => Spread.Of(pair[1].RoundMilliseconds.Zip(pair[0].RoundMilliseconds, (three, one) => three / one));
        StepFigures[] whole = Measure(Columns), tenSeconds = Measure(ColumnsOfTenSeconds);
        var (one, three) = (whole[0], whole[1]);
        var reference = type == ComputeType.Float32 ? ReferenceFloat32 : ReferenceBFloat16;
        var overTransformers = one.Bandwidths().Zip(one.RoundMilliseconds, (speed, time) => reference * ReferenceBandwidth / speed / time);
        return new FullSizeFigures(model.Options.TypeName, seconds, memory, Spread.Of([.. one.Bandwidths(), .. three.Bandwidths()]), one, three,
            one.OfFloor(), three.OfFloor(), Ratio(whole), three.BytesRead / one.BytesRead, Ratio(tenSeconds), Spread.Of(overTransformers));
    }

    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        TorchRuntime.ReturnFreedMemory();
    }
}

/// <summary>A model of musicgen-small's shape in one type. The bandwidth is read before, between and after the steps; each ratio is one of
/// times and bandwidths that were measured next to each other, and given with its spread over the rounds.</summary>
/// <param name="Type">float32 or bfloat16.</param>
/// <param name="LoadSeconds">Loading it, its file in the page cache.</param>
/// <param name="LoadMemory">Anonymous memory that loading added, over the bytes of the weights in this type (the text encoder and the codec
/// are float32).</param>
/// <param name="Bandwidth">Memory as it was read around the steps, bytes a second.</param>
/// <param name="Step">Steps of one guided row.</param>
/// <param name="StepThreeArms">Steps of three.</param>
/// <param name="OfFloor">The time that reading the bytes takes at the bandwidth around a step, over the step's time.</param>
/// <param name="OfFloorThreeArms">The same with three rows.</param>
/// <param name="ThreeArmsOverOne">Three rows' step over one row's.</param>
/// <param name="ThreeArmsOverOneFloor">The same of the bytes they read.</param>
/// <param name="ThreeArmsOverOneTenSeconds">As <paramref name="ThreeArmsOverOne"/>, over the columns of a piece of 10 s instead of a whole
/// window of 30 s.</param>
/// <param name="OverTransformers">A step of Hugging Face transformers 5.23 on two such cores, scaled by the bandwidth (it was 27 GB/s
/// there), over ours.</param>
internal sealed record FullSizeFigures(
    string Type,
    double LoadSeconds,
    double LoadMemory,
    Spread Bandwidth,
    StepFigures Step,
    StepFigures StepThreeArms,
    Spread OfFloor,
    Spread OfFloorThreeArms,
    Spread ThreeArmsOverOne,
    double ThreeArmsOverOneFloor,
    Spread ThreeArmsOverOneTenSeconds,
    Spread OverTransformers);

/// <summary>Memory of this process that no file backs.</summary>
internal static class ProcessMemory
{
    /// <summary>RssAnon of /proc/self/status, bytes; 0 where there is none.</summary>
    public static long Anonymous()
    {
        const string status = "/proc/self/status", field = "RssAnon:";
        if (!File.Exists(status)) return 0;
        foreach (var line in File.ReadLines(status))
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
                return long.Parse(line.AsSpan(field.Length, line.Length - field.Length - "kB".Length).Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        return 0;
    }
}
