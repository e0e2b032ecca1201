using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>One column's part of a tile of the encoder's product, of whichever type: a loop over it is compiled once for each.</summary>
internal interface IProductRow
{
    /// <summary>Numbers of a <see cref="Load"/>.</summary>
    const int Step = 64;

    /// <summary>The 64 numbers from one on.</summary>
    void Load(int at, out Vector512<float> a, out Vector512<float> b, out Vector512<float> c, out Vector512<float> d);

    /// <summary>One number.</summary>
    float this[int at] { get; }
}

/// <summary>Of float32.</summary>
internal readonly unsafe struct FloatRow(float* start) : IProductRow
{
    public float this[int at] => start[at];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(int at, out Vector512<float> a, out Vector512<float> b, out Vector512<float> c, out Vector512<float> d)
    {
        a = Vector512.Load(start + at);
        b = Vector512.Load(start + at + 16);
        c = Vector512.Load(start + at + 32);
        d = Vector512.Load(start + at + 48);
    }
}

/// <summary>Of bfloat16, which is the upper half of a float32.</summary>
internal readonly unsafe struct HalfRow(ushort* start) : IProductRow
{
    public float this[int at] => BitConverter.UInt32BitsToSingle((uint)start[at] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(int at, out Vector512<float> a, out Vector512<float> b, out Vector512<float> c, out Vector512<float> d)
    {
        var lower = Vector512.Load(start + at);
        var upper = Vector512.Load(start + at + 32);
        a = (Vector512.WidenLower(lower) << 16).AsSingle();
        b = (Vector512.WidenUpper(lower) << 16).AsSingle();
        c = (Vector512.WidenLower(upper) << 16).AsSingle();
        d = (Vector512.WidenUpper(upper) << 16).AsSingle();
    }
}
