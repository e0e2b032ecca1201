using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>The weight of y = x·W, <c>[inputs, outputs]</c>, in host memory (<see cref="PanelWeight"/>) or as a tensor (<see cref="TensorWeight"/>).</summary>
/// <param name="inputs">Inputs.</param>
/// <param name="outputs">Outputs.</param>
internal abstract class LinearWeight(int inputs, int outputs) : IDisposable
{
    public int Inputs { get; } = inputs;

    public int Outputs { get; } = outputs;

    /// <summary>The product.</summary>
    /// <param name="rows"><c>[rows, inputs]</c>, float32, contiguous.</param>
    /// <returns><c>[rows, outputs]</c>, float32.</returns>
    public abstract Tensor Multiply(Tensor rows);

    /// <summary>Frees memory that the weight owns.</summary>
    public virtual void Dispose()
    {
    }
}

/// <summary>
/// A weight in host memory, kept as panels of <see cref="PanelProduct.Width"/> outputs:
/// <c>[panels, inputs, PanelProduct.Width]</c>, the last one padded with zeros. A product reads a panel from beginning to end, and
/// numbers used together are adjacent.
/// </summary>
/// <remarks>
/// A panel's row is <see cref="PanelProduct.Width"/> float32 numbers, or as many bfloat16 numbers in half as many words: word j holds output j in
/// its lower half and output j + 16 in its upper half, so that one shift and one mask widen them.
/// </remarks>
/// <param name="address">Address of the panels, aligned to 64 bytes, in the arena.</param>
/// <param name="inputs">Inputs.</param>
/// <param name="outputs">Outputs.</param>
/// <param name="isBFloat16">Whether the numbers are bfloat16.</param>
internal sealed unsafe class PanelWeight(nint address, int inputs, int outputs, bool isBFloat16) : LinearWeight(inputs, outputs)
{
    /// <summary>bfloat16 instead of float32.</summary>
    public bool IsBFloat16 { get; } = isBFloat16;

    public int Panels { get; } = PanelsOf(outputs);

    /// <summary>Bytes of one panel.</summary>
    public long PanelBytes { get; } = PanelBytesOf(inputs, isBFloat16);

    /// <summary>Bytes of all panels.</summary>
    public long Bytes => Panels * PanelBytes;

    public void* Panel(int panel) => (byte*)address + panel * PanelBytes;

    public static int PanelsOf(int outputs) => (outputs + PanelProduct.Width - 1) / PanelProduct.Width;

    public static long PanelBytesOf(int inputs, bool isBFloat16) => (long)inputs * PanelProduct.Width * (isBFloat16 ? sizeof(ushort) : sizeof(float));

    public override Tensor Multiply(Tensor rows) => RowArithmetic.Multiply(rows, this);
}

/// <summary>A weight as one tensor on a device, multiplied by libtorch in the tensor's type.</summary>
/// <param name="weight"><c>[inputs, outputs]</c>; owned by this object.</param>
internal sealed class TensorWeight(Tensor weight) : LinearWeight((int)weight.shape[0], (int)weight.shape[1])
{
    public override Tensor Multiply(Tensor rows)
    {
        if (weight.dtype == ScalarType.Float32) return rows.mm(weight);
        using var narrow = rows.to_type(weight.dtype);
        using var product = narrow.mm(weight);
        return product.to_type(ScalarType.Float32);
    }

    public override void Dispose()
    {
        weight.Dispose();
        base.Dispose();
    }
}

/// <summary>Rounds float32 to the nearest bfloat16, ties to even, as libtorch does.</summary>
internal static class BFloat16Rounding
{
    private const int Lane = 16;

    /// <summary>The number as a float32 whose lower half is zero.</summary>
    public static float Round(float value)
    {
        if (float.IsNaN(value)) return float.NaN;
        var bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }

    /// <summary>The upper halves of the rounded numbers.</summary>
    public static void Round(ReadOnlySpan<float> from, Span<ushort> to)
    {
        var index = 0;
        for (; index + Lane <= from.Length; index += Lane)
        {
            var lower = Upper(Vector256.Create(from[index..]));
            var upper = Upper(Vector256.Create(from[(index + Lane / 2)..]));
            Vector256.Narrow(lower, upper).CopyTo(to[index..]);
        }
        for (; index < from.Length; index++) to[index] = (ushort)(BitConverter.SingleToUInt32Bits(Round(from[index])) >> 16);
    }

    private static Vector256<uint> Upper(Vector256<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One);
        var nothing = Vector256.Create(float.NaN).AsUInt32();
        return Vector256.ConditionalSelect(Vector256.Equals(values, values).AsUInt32(), rounded, nothing) >> 16;
    }
}
