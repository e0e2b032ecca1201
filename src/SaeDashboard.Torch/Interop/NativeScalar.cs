using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>SaeScalar of native/shim.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeScalar(long bits, NativeScalarKind kind)
{
    internal readonly long Bits = bits;
    internal readonly NativeScalarKind Kind = kind;

    internal static NativeScalar One => new(1, NativeScalarKind.Integer);

    internal static NativeScalar Floating(double value) => new(BitConverter.DoubleToInt64Bits(value), NativeScalarKind.Floating);

    internal double ToDouble() => Kind == NativeScalarKind.Floating ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long ToInt64() => Kind == NativeScalarKind.Floating ? (long)BitConverter.Int64BitsToDouble(Bits) : Bits;
}

internal enum NativeScalarKind
{
    Absent = 0,
    Integer = 1,
    Floating = 2,
    Boolean = 3,
}
