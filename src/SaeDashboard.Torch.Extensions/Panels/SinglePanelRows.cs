using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.Torch.Extensions.Panels;

/// <summary>Panels of float32.</summary>
internal readonly unsafe struct SinglePanelRows : IPanelRows
{
    public static int RowBytes => PanelProduct.Width * sizeof(float);

    // The processor's own prefetching keeps up: instructions for it cost a seventh of the speed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* row)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* row, out Vector512<float> first, out Vector512<float> second)
    {
        first = Vector512.Load((float*)row);
        second = Vector512.Load((float*)row + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* row, out Vector256<float> a, out Vector256<float> b, out Vector256<float> c, out Vector256<float> d)
    {
        a = Vector256.Load((float*)row);
        b = Vector256.Load((float*)row + 8);
        c = Vector256.Load((float*)row + 16);
        d = Vector256.Load((float*)row + 24);
    }
}
