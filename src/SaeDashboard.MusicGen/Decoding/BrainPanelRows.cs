using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>Panels of bfloat16, widened exactly: its bits are the upper half of float32's.</summary>
internal readonly unsafe struct BrainPanelRows : IPanelRows
{
    private const uint UpperHalf = 0xFFFF0000;

    public static int RowBytes => PanelWeight.PanelWidth * sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* row, out Vector512<float> first, out Vector512<float> second)
    {
        var words = Vector512.Load((uint*)row);
        first = (words << 16).AsSingle();
        second = (words & Vector512.Create(UpperHalf)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* row, out Vector256<float> a, out Vector256<float> b, out Vector256<float> c, out Vector256<float> d)
    {
        var lower = Vector256.Load((uint*)row);
        var upper = Vector256.Load((uint*)row + 8);
        a = (lower << 16).AsSingle();
        b = (upper << 16).AsSingle();
        c = (lower & Vector256.Create(UpperHalf)).AsSingle();
        d = (upper & Vector256.Create(UpperHalf)).AsSingle();
    }
}
