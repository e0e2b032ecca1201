using System.Diagnostics;
using SaeDashboard.MusicGen;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Worker.Benching;

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
