using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>The weight of y = x·W, <c>[inputs, outputs]</c>, wherever and however it is kept.</summary>
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

    /// <summary>Frees what is the weight's own.</summary>
    public virtual void Dispose()
    {
    }
}

/// <summary>
/// A weight in host memory, kept as panels of <see cref="PanelProduct.Width"/> outputs:
/// <c>[panels, inputs, PanelProduct.Width]</c>, the last one filled up with zeros. A product reads a panel from its beginning to its end, and
/// what it needs at once lies together.
/// </summary>
/// <remarks>
/// A panel's row is <see cref="PanelProduct.Width"/> float32 numbers, or as many bfloat16 ones in half as many words: word j holds output j in
/// its lower half and output j + 16 in its upper one, so that one shift and one mask widen them.
/// </remarks>
/// <param name="address">Where the panels lie, on a border of 64 bytes; the arena's.</param>
/// <param name="inputs">Inputs.</param>
/// <param name="outputs">Outputs.</param>
/// <param name="isBrain">Whether the numbers are bfloat16.</param>
internal sealed unsafe class PanelWeight(nint address, int inputs, int outputs, bool isBrain) : LinearWeight(inputs, outputs)
{
    /// <summary>bfloat16 instead of float32.</summary>
    public bool IsBrain { get; } = isBrain;

    public int Panels { get; } = PanelsOf(outputs);

    /// <summary>Bytes of one panel.</summary>
    public long PanelBytes { get; } = PanelBytesOf(inputs, isBrain);

    /// <summary>Bytes of all panels.</summary>
    public long Bytes => Panels * PanelBytes;

    public void* Panel(int panel) => (byte*)address + panel * PanelBytes;

    public static int PanelsOf(int outputs) => (outputs + PanelProduct.Width - 1) / PanelProduct.Width;

    public static long PanelBytesOf(int inputs, bool isBrain) => (long)inputs * PanelProduct.Width * (isBrain ? sizeof(ushort) : sizeof(float));

    public override Tensor Multiply(Tensor rows) => RowArithmetic.Multiply(rows, this);
}

/// <summary>A weight as one tensor on a device, multiplied by libtorch in the tensor's type.</summary>
/// <param name="weight"><c>[inputs, outputs]</c>; owned from here on.</param>
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

/// <summary>float32 to the nearest bfloat16, of two the even one, as libtorch rounds.</summary>
internal static class BrainRounding
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
