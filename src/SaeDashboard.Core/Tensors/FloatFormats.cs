using System.Runtime.CompilerServices;

namespace SaeDashboard.Core.Tensors;

/// <summary>
/// The floating formats that are not float32. Every float16 and bfloat16 value, subnormal, infinite and NaN included, is a float32 value.
/// </summary>
public static unsafe class FloatFormats
{
    /// <summary>bfloat16 is the upper half of a float32.</summary>
    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounded to the nearest bfloat16, ties to even; NaN stays NaN.</summary>
    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    internal static void FromFloat16(byte* from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++) to[i] = (float)Unsafe.ReadUnaligned<Half>(from + 2L * i);
    }

    internal static void FromBFloat16(byte* from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++) to[i] = FromBFloat16(Unsafe.ReadUnaligned<ushort>(from + 2L * i));
    }

    internal static void FromFloat64(byte* from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++) to[i] = (float)Unsafe.ReadUnaligned<double>(from + 8L * i);
    }
}
