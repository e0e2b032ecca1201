using System.Runtime.Intrinsics;

namespace SaeDashboard.MusicGen.Decoding;

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
