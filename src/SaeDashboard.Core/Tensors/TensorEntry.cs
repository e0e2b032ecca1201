using System.Runtime.CompilerServices;

namespace SaeDashboard.Core.Tensors;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its dimensions, outermost first; empty for a single number.</param>
/// <param name="Offset">Where its bytes begin, from the start of the file.</param>
/// <param name="ByteLength">How many bytes it has: element count × element size.</param>
public sealed record TensorEntry(string Name, TensorDType DType, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>The product of the dimensions.</summary>
    public long ElementCount => ByteLength / DType.Size();

    /// <summary>"F32 [2048, 512]": for messages.</summary>
    public string Describe() => $"{DType.SafetensorsName()} [{string.Join(", ", Shape)}]";
}

/// <summary>The supported element types of tensor files.</summary>
public enum TensorDType { Float64, Float32, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool }

/// <summary>Sizes of the element types and their names in safetensors headers.</summary>
public static class TensorDTypes
{
    /// <summary>Bytes an element.</summary>
    public static int Size(this TensorDType dtype) => dtype switch
    {
        TensorDType.Float64 or TensorDType.Int64 => 8,
        TensorDType.Float32 or TensorDType.Int32 => 4,
        TensorDType.Float16 or TensorDType.BFloat16 or TensorDType.Int16 => 2,
        TensorDType.Int8 or TensorDType.UInt8 or TensorDType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };

    /// <summary>The name in a safetensors header, such as "BF16".</summary>
    public static string SafetensorsName(this TensorDType dtype) => dtype switch
    {
        TensorDType.Float64 => "F64",
        TensorDType.Float32 => "F32",
        TensorDType.Float16 => "F16",
        TensorDType.BFloat16 => "BF16",
        TensorDType.Int64 => "I64",
        TensorDType.Int32 => "I32",
        TensorDType.Int16 => "I16",
        TensorDType.Int8 => "I8",
        TensorDType.UInt8 => "U8",
        TensorDType.Bool => "BOOL",
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, null),
    };

    /// <summary>The type of that name; null: not supported.</summary>
    public static TensorDType? FromSafetensorsName(string name) => name switch
    {
        "F64" => TensorDType.Float64,
        "F32" => TensorDType.Float32,
        "F16" => TensorDType.Float16,
        "BF16" => TensorDType.BFloat16,
        "I64" => TensorDType.Int64,
        "I32" => TensorDType.Int32,
        "I16" => TensorDType.Int16,
        "I8" => TensorDType.Int8,
        "U8" => TensorDType.UInt8,
        "BOOL" => TensorDType.Bool,
        _ => null,
    };
}

/// <summary>
/// Conversions of float16 and bfloat16. Every float16 and bfloat16 value, subnormal, infinite and NaN included, is a float32 value.
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
