using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>How keys and values are stored: a parameter of <see cref="SingleQueryAttention"/>, so that there is one for both types.</summary>
internal unsafe interface IKeyNumbers
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Bytes { get; }

    static abstract float One(byte* from);

    static abstract Vector256<float> Eight(byte* from);

    static abstract Vector512<float> Sixteen(byte* from);
}

/// <summary>float32.</summary>
internal readonly unsafe struct SingleKeys : IKeyNumbers
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* from) => *(float*)from;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Eight(byte* from) => Vector256.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sixteen(byte* from) => Vector512.Load((float*)from);
}

/// <summary>bfloat16, widened exactly: its bits are the upper half of float32's.</summary>
internal readonly unsafe struct BrainKeys : IKeyNumbers
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* from) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)from << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Eight(byte* from)
    {
        var numbers = Vector128.Load((ushort*)from);
        // One instruction, where it exists: Widen would take three.
        if (Avx2.IsSupported) return (Avx2.ConvertToVector256Int32(numbers) << 16).AsSingle();
        var (lower, upper) = Vector128.Widen(numbers);
        return (Vector256.Create(lower, upper) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sixteen(byte* from)
    {
        var numbers = Vector256.Load((ushort*)from);
        if (Avx512F.IsSupported) return (Avx512F.ConvertToVector512Int32(numbers) << 16).AsSingle();
        var (lower, upper) = Vector256.Widen(numbers);
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }
}
