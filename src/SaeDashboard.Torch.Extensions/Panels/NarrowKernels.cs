using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.Torch.Extensions.Panels;

/// <summary>What <see cref="WideKernels"/> computes, bit for bit, with vectors of 256 bits.</summary>
internal static unsafe class NarrowKernels
{
    /// <inheritdoc cref="WideKernels.Multiply"/>
    public static void Multiply<TRows>(float* x, int rows, int stride, byte* w, int inputs, float* y, int yStride) where TRows : IPanelRows
    {
        var row = 0;
        for (; row + 1 < rows; row += 2) Two<TRows>(x + (long)row * stride, stride, w, inputs, y + (long)row * yStride, yStride);
        if (row < rows) One<TRows>(x + (long)row * stride, w, inputs, y + (long)row * yStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* y)
    {
        a.Store(y);
        b.Store(y + 8);
        c.Store(y + 16);
        d.Store(y + 24);
    }

    private static void One<TRows>(float* x, byte* w, int inputs, float* y) where TRows : IPanelRows
    {
        Vector256<float> a0 = Vector256<float>.Zero, b0 = a0, c0 = a0, d0 = a0;
        for (var k = 0; k < inputs; k++, w += TRows.RowBytes)
        {
            TRows.Load(w, out Vector256<float> a, out var b, out var c, out var d);
            var v0 = Vector256.Create(x[k]);
            a0 = Vector256.FusedMultiplyAdd(v0, a, a0);
            b0 = Vector256.FusedMultiplyAdd(v0, b, b0);
            c0 = Vector256.FusedMultiplyAdd(v0, c, c0);
            d0 = Vector256.FusedMultiplyAdd(v0, d, d0);
        }
        Store(a0, b0, c0, d0, y);
    }

    private static void Two<TRows>(float* x, int stride, byte* w, int inputs, float* y, int yStride) where TRows : IPanelRows
    {
        var x1 = x + stride;
        Vector256<float> a0 = Vector256<float>.Zero, b0 = a0, c0 = a0, d0 = a0;
        Vector256<float> a1 = a0, b1 = a1, c1 = a1, d1 = a1;
        for (var k = 0; k < inputs; k++, w += TRows.RowBytes)
        {
            TRows.Load(w, out Vector256<float> a, out var b, out var c, out var d);
            var v0 = Vector256.Create(x[k]);
            a0 = Vector256.FusedMultiplyAdd(v0, a, a0);
            b0 = Vector256.FusedMultiplyAdd(v0, b, b0);
            c0 = Vector256.FusedMultiplyAdd(v0, c, c0);
            d0 = Vector256.FusedMultiplyAdd(v0, d, d0);
            var v1 = Vector256.Create(x1[k]);
            a1 = Vector256.FusedMultiplyAdd(v1, a, a1);
            b1 = Vector256.FusedMultiplyAdd(v1, b, b1);
            c1 = Vector256.FusedMultiplyAdd(v1, c, c1);
            d1 = Vector256.FusedMultiplyAdd(v1, d, d1);
        }
        Store(a0, b0, c0, d0, y);
        Store(a1, b1, c1, d1, y + yStride);
    }
}
