using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeDashboard.Torch.Extensions.Panels;

/// <summary>
/// y = x·W for a panel: <see cref="Width"/> outputs of a weight, kept as <c>[inputs, Width]</c> in float32, or in bfloat16 as half as many words
/// of which word j holds output j in its lower half and output j + 16 in its upper one. Each result is one chain of fused multiply-adds from
/// zero on, in the order of the inputs, so it depends on its row and its output alone: not on the other rows, the vectors' width, or the number
/// of threads. docs/decisions/0004-own-products.md
/// </summary>
public static unsafe class PanelProduct
{
    /// <summary>Outputs of a panel.</summary>
    public const int Width = 32;

    /// <summary>Tests turn it off to compare the two kernels.</summary>
    internal static bool UseWide { get; set; } = Vector512.IsHardwareAccelerated;

    /// <summary>Multiplies rows by one panel.</summary>
    /// <param name="x"><c>[rows, stride]</c>, of each the first <paramref name="inputs"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="stride">Numbers from one row of <paramref name="x"/> to the next.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="isBFloat16">Whether the panel is bfloat16.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="y"><c>[rows, yStride]</c>, of each the first <see cref="Width"/> are written.</param>
    /// <param name="yStride">Numbers from one row of <paramref name="y"/> to the next.</param>
    public static void Multiply(float* x, int rows, int stride, void* panel, bool isBFloat16, int inputs, float* y, int yStride)
    {
        var by = (byte*)panel;
        switch (UseWide, isBFloat16)
        {
            case (true, false): WideKernels.Multiply<SinglePanelRows>(x, rows, stride, by, inputs, y, yStride); break;
            case (true, true): WideKernels.Multiply<BFloat16PanelRows>(x, rows, stride, by, inputs, y, yStride); break;
            case (false, false): NarrowKernels.Multiply<SinglePanelRows>(x, rows, stride, by, inputs, y, yStride); break;
            default: NarrowKernels.Multiply<BFloat16PanelRows>(x, rows, stride, by, inputs, y, yStride); break;
        }
    }

    /// <summary>Lays out a float32 panel from weights that are kept output by output.</summary>
    /// <param name="weights"><c>[outputs, inputs]</c>.</param>
    /// <param name="outputs">How many there are, at most <see cref="Width"/>; the panel is filled up with zeros.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="panel">Receives <c>[inputs, Width]</c>.</param>
    public static void Pack(float* weights, int outputs, int inputs, float* panel)
    {
        var output = 0;
        for (; Sse.IsSupported && output + 4 <= outputs; output += 4) PackFour(weights + (long)output * inputs, inputs, panel + output);
        for (; output < Width; output++)
        {
            for (var k = 0; k < inputs; k++) panel[k * Width + output] = output < outputs ? weights[(long)output * inputs + k] : 0;
        }
    }

    private static void PackFour(float* weights, int inputs, float* to)
    {
        float* second = weights + inputs, third = second + inputs, fourth = third + inputs;
        var k = 0;
        for (; k + 4 <= inputs; k += 4, to += 4 * Width)
        {
            Vector128<float> a = Vector128.Load(weights + k), b = Vector128.Load(second + k), c = Vector128.Load(third + k), d = Vector128.Load(fourth + k);
            Vector128<float> abLow = Sse.UnpackLow(a, b), abHigh = Sse.UnpackHigh(a, b), cdLow = Sse.UnpackLow(c, d), cdHigh = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(abLow, cdLow).Store(to);
            Sse.MoveHighToLow(cdLow, abLow).Store(to + Width);
            Sse.MoveLowToHigh(abHigh, cdHigh).Store(to + 2 * Width);
            Sse.MoveHighToLow(cdHigh, abHigh).Store(to + 3 * Width);
        }
        for (; k < inputs; k++, to += Width) (to[0], to[1], to[2], to[3]) = (weights[k], second[k], third[k], fourth[k]);
    }
}
