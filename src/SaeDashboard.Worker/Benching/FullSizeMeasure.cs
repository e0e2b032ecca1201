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
    private const int Steps = 5;

    // Measured with transformers 5.23 on two cores of the same kind at 27 GB/s: milliseconds a guided step.
    private const double ReferenceBandwidth = 27e9;
    private const double ReferenceFloat32 = 226;
    private const double ReferenceBFloat16 = 72;

    public static FullSizeFigures Of(string folder, ComputeType type, double bandwidth)
    {
        var counts = ParameterCounts.Of(folder);
        var weights = 4.0 * (counts.TextEncoder + counts.Codec) + (type == ComputeType.Float32 ? 4.0 : 2.0) * counts.Decoder;
        Settle();
        var before = ProcessMemory.Anonymous();
        var begun = Stopwatch.GetTimestamp();
        using var model = MusicGenModel.Load(folder, new ModelOptions(type));
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var memory = (ProcessMemory.Anonymous() - before) / weights;

        var one = StepMeasure.Of(model, 1, Columns, Places, Steps);
        var three = StepMeasure.Of(model, 3, Columns, Places, Steps);
        var (shortOne, shortThree) = (StepMeasure.Of(model, 1, ColumnsOfTenSeconds, Places, Steps), StepMeasure.Of(model, 3, ColumnsOfTenSeconds, Places, Steps));
        double Floor(StepFigures step) => 1000 * step.BytesRead / bandwidth / step.Milliseconds;
        var reference = (type == ComputeType.Float32 ? ReferenceFloat32 : ReferenceBFloat16) * ReferenceBandwidth / bandwidth;
        return new FullSizeFigures(model.Options.TypeName, seconds, memory, one, three, Floor(one), Floor(three),
            three.Milliseconds / one.Milliseconds, three.BytesRead / one.BytesRead, shortThree.Milliseconds / shortOne.Milliseconds, reference / one.Milliseconds);
    }

    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        TorchRuntime.ReturnFreedMemory();
    }
}
