using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.Torch.Extensions.Panels;

/// <summary>
/// y[r, c] = Σ_k x[r, k] · w[k, c] for one panel of 32 outputs, with vectors of 512 bits: each output is one chain of fused multiply-adds
/// from zero on, in the order of the inputs, and each weight is loaded once for up to eight rows. <see cref="NarrowKernels"/> gives the
/// same bits.
/// </summary>
internal static unsafe class WideKernels
{
    /// <param name="x"><c>[rows, stride]</c>, of each the first <paramref name="inputs"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="w">The panel.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="y"><c>[rows, yStride]</c>, of each the first 32 are written.</param>
    /// <param name="yStride">Numbers from one row to the next.</param>
    public static void Multiply<TRows>(float* x, int rows, int stride, byte* w, int inputs, float* y, int yStride) where TRows : IPanelRows
    {
        for (var done = 0; done < rows;)
        {
            float* from = x + (long)done * stride, to = y + (long)done * yStride;
            switch (rows - done)
            {
                case >= 8: Eight<TRows>(from, stride, w, inputs, to, yStride); done += 8; break;
                case >= 6: Six<TRows>(from, stride, w, inputs, to, yStride); done += 6; break;
                case >= 4: Four<TRows>(from, stride, w, inputs, to, yStride); done += 4; break;
                case >= 2: Two<TRows>(from, stride, w, inputs, to, yStride); done += 2; break;
                default: One<TRows>(from, w, inputs, to); done += 1; break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> first, Vector512<float> second, float* y)
    {
        first.Store(y);
        second.Store(y + 16);
    }

    private static void One<TRows>(float* x, byte* w, int inputs, float* y) where TRows : IPanelRows
    {
        Vector512<float> a0 = Vector512<float>.Zero, b0 = a0;
        for (var k = 0; k < inputs; k++, w += TRows.RowBytes)
        {
            TRows.Prefetch(w);
            TRows.Load(w, out Vector512<float> first, out Vector512<float> second);
            var v0 = Vector512.Create(x[k]);
            a0 = Vector512.FusedMultiplyAdd(v0, first, a0);
            b0 = Vector512.FusedMultiplyAdd(v0, second, b0);
        }
        Store(a0, b0, y);
    }

    private static void Two<TRows>(float* x, int stride, byte* w, int inputs, float* y, int yStride) where TRows : IPanelRows
    {
        float* x1 = x + stride;
        Vector512<float> a0 = Vector512<float>.Zero, b0 = a0, a1 = a0, b1 = a0;
        for (var k = 0; k < inputs; k++, w += TRows.RowBytes)
        {
            TRows.Prefetch(w);
            TRows.Load(w, out Vector512<float> first, out Vector512<float> second);
            var v0 = Vector512.Create(x[k]);
            a0 = Vector512.FusedMultiplyAdd(v0, first, a0);
            b0 = Vector512.FusedMultiplyAdd(v0, second, b0);
            var v1 = Vector512.Create(x1[k]);
            a1 = Vector512.FusedMultiplyAdd(v1, first, a1);
            b1 = Vector512.FusedMultiplyAdd(v1, second, b1);
        }
        Store(a0, b0, y);
        Store(a1, b1, y + yStride);
    }

    private static void Four<TRows>(float* x, int stride, byte* w, int inputs, float* y, int yStride) where TRows : IPanelRows
    {
        float* x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride;
        Vector512<float> a0 = Vector512<float>.Zero, b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0, a3 = a0, b3 = a0;
        for (var k = 0; k < inputs; k++, w += TRows.RowBytes)
        {
            TRows.Prefetch(w);
            TRows.Load(w, out Vector512<float> first, out Vector512<float> second);
            var v0 = Vector512.Create(x[k]);
            a0 = Vector512.FusedMultiplyAdd(v0, first, a0);
            b0 = Vector512.FusedMultiplyAdd(v0, second, b0);
            var v1 = Vector512.Create(x1[k]);
            a1 = Vector512.FusedMultiplyAdd(v1, first, a1);
            b1 = Vector512.FusedMultiplyAdd(v1, second, b1);
            var v2 = Vector512.Create(x2[k]);
            a2 = Vector512.FusedMultiplyAdd(v2, first, a2);
            b2 = Vector512.FusedMultiplyAdd(v2, second, b2);
            var v3 = Vector512.Create(x3[k]);
            a3 = Vector512.FusedMultiplyAdd(v3, first, a3);
            b3 = Vector512.FusedMultiplyAdd(v3, second, b3);
        }
        Store(a0, b0, y);
        Store(a1, b1, y + yStride);
        Store(a2, b2, y + 2 * yStride);
        Store(a3, b3, y + 3 * yStride);
    }

    private static void Six<TRows>(float* x, int stride, byte* w, int inputs, float* y, int yStride) where TRows : IPanelRows
    {
        float* x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride, x4 = x3 + stride, x5 = x4 + stride;
        Vector512<float> a0 = Vector512<float>.Zero, b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0;
        Vector512<float> a3 = a0, b3 = a0, a4 = a0, b4 = a0, a5 = a0, b5 = a0;
        for (var k = 0; k < inputs; k++, w += TRows.RowBytes)
        {
            TRows.Prefetch(w);
            TRows.Load(w, out Vector512<float> first, out Vector512<float> second);
            var v0 = Vector512.Create(x[k]);
            a0 = Vector512.FusedMultiplyAdd(v0, first, a0);
            b0 = Vector512.FusedMultiplyAdd(v0, second, b0);
            var v1 = Vector512.Create(x1[k]);
            a1 = Vector512.FusedMultiplyAdd(v1, first, a1);
            b1 = Vector512.FusedMultiplyAdd(v1, second, b1);
            var v2 = Vector512.Create(x2[k]);
            a2 = Vector512.FusedMultiplyAdd(v2, first, a2);
            b2 = Vector512.FusedMultiplyAdd(v2, second, b2);
            var v3 = Vector512.Create(x3[k]);
            a3 = Vector512.FusedMultiplyAdd(v3, first, a3);
            b3 = Vector512.FusedMultiplyAdd(v3, second, b3);
            var v4 = Vector512.Create(x4[k]);
            a4 = Vector512.FusedMultiplyAdd(v4, first, a4);
            b4 = Vector512.FusedMultiplyAdd(v4, second, b4);
            var v5 = Vector512.Create(x5[k]);
            a5 = Vector512.FusedMultiplyAdd(v5, first, a5);
            b5 = Vector512.FusedMultiplyAdd(v5, second, b5);
        }
        Store(a0, b0, y);
        Store(a1, b1, y + yStride);
        Store(a2, b2, y + 2 * yStride);
        Store(a3, b3, y + 3 * yStride);
        Store(a4, b4, y + 4 * yStride);
        Store(a5, b5, y + 5 * yStride);
    }

    private static void Eight<TRows>(float* x, int stride, byte* w, int inputs, float* y, int yStride) where TRows : IPanelRows
    {
        float* x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride, x4 = x3 + stride, x5 = x4 + stride, x6 = x5 + stride, x7 = x6 + stride;
        Vector512<float> a0 = Vector512<float>.Zero, b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0, a3 = a0, b3 = a0;
        Vector512<float> a4 = a0, b4 = a0, a5 = a0, b5 = a0, a6 = a0, b6 = a0, a7 = a0, b7 = a0;
        for (var k = 0; k < inputs; k++, w += TRows.RowBytes)
        {
            TRows.Prefetch(w);
            TRows.Load(w, out Vector512<float> first, out Vector512<float> second);
            var v0 = Vector512.Create(x[k]);
            a0 = Vector512.FusedMultiplyAdd(v0, first, a0);
            b0 = Vector512.FusedMultiplyAdd(v0, second, b0);
            var v1 = Vector512.Create(x1[k]);
            a1 = Vector512.FusedMultiplyAdd(v1, first, a1);
            b1 = Vector512.FusedMultiplyAdd(v1, second, b1);
            var v2 = Vector512.Create(x2[k]);
            a2 = Vector512.FusedMultiplyAdd(v2, first, a2);
            b2 = Vector512.FusedMultiplyAdd(v2, second, b2);
            var v3 = Vector512.Create(x3[k]);
            a3 = Vector512.FusedMultiplyAdd(v3, first, a3);
            b3 = Vector512.FusedMultiplyAdd(v3, second, b3);
            var v4 = Vector512.Create(x4[k]);
            a4 = Vector512.FusedMultiplyAdd(v4, first, a4);
            b4 = Vector512.FusedMultiplyAdd(v4, second, b4);
            var v5 = Vector512.Create(x5[k]);
            a5 = Vector512.FusedMultiplyAdd(v5, first, a5);
            b5 = Vector512.FusedMultiplyAdd(v5, second, b5);
            var v6 = Vector512.Create(x6[k]);
            a6 = Vector512.FusedMultiplyAdd(v6, first, a6);
            b6 = Vector512.FusedMultiplyAdd(v6, second, b6);
            var v7 = Vector512.Create(x7[k]);
            a7 = Vector512.FusedMultiplyAdd(v7, first, a7);
            b7 = Vector512.FusedMultiplyAdd(v7, second, b7);
        }
        Store(a0, b0, y);
        Store(a1, b1, y + yStride);
        Store(a2, b2, y + 2 * yStride);
        Store(a3, b3, y + 3 * yStride);
        Store(a4, b4, y + 4 * yStride);
        Store(a5, b5, y + 5 * yStride);
        Store(a6, b6, y + 6 * yStride);
        Store(a7, b7, y + 7 * yStride);
    }
}
