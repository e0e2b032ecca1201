using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The few loops over float rows that training spends its time in, beside the matrix product. 512-bit vectors; the runtime splits them
/// where the processor's are shorter. Sums are taken in a fixed order.
/// </summary>
internal static unsafe class RowKernels
{
    private const int Lane = 16;

    /// <summary>Asks for a row's n numbers to be brought into the cache.</summary>
    public static void Prefetch(float* row, int n)
    {
        if (!Sse.IsSupported)
            return;
        for (var i = 0; i < n; i += Lane)
            Sse.Prefetch1(row + i);
    }

    /// <summary>Σ a·b over n numbers.</summary>
    public static float Dot(float* a, float* b, int n)
    {
        var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i <= n - 4 * Lane; i += 4 * Lane)
        {
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i + Lane), Vector512.Load(b + i + Lane), s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i + 2 * Lane), Vector512.Load(b + i + 2 * Lane), s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i + 3 * Lane), Vector512.Load(b + i + 3 * Lane), s3);
        }
        for (; i <= n - Lane; i += Lane)
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), s0);
        var sum = Vector512.Sum(s0 + s1 + (s2 + s3));
        for (; i < n; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>target += factor·row over n numbers.</summary>
    public static void Add(float* target, float factor, float* row, int n)
    {
        var f = Vector512.Create(factor);
        var i = 0;
        for (; i <= n - Lane; i += Lane)
            Vector512.Store(Vector512.FusedMultiplyAdd(f, Vector512.Load(row + i), Vector512.Load(target + i)), target + i);
        for (; i < n; i++)
            target[i] += factor * row[i];
    }

    /// <summary>row *= factor over n numbers.</summary>
    public static void Scale(float* row, float factor, int n)
    {
        var f = Vector512.Create(factor);
        var i = 0;
        for (; i <= n - Lane; i += Lane)
            Vector512.Store(Vector512.Load(row + i) * f, row + i);
        for (; i < n; i++)
            row[i] *= factor;
    }

    /// <summary>
    /// target = start + Σ_i factors[i]·matrix[rows[i]] over rows of n numbers, n at a time in registers: the sum of sparse rows that both
    /// the
    /// reconstruction and the gradients are made of. <paramref name="target"/> may be <paramref name="start"/>.
    /// </summary>
    public static void SumRows(float* target, float* start, float* matrix, int* rows, float* factors, int count, int n)
    {
        var c = 0;
        for (; c <= n - 8 * Lane; c += 8 * Lane)
            SumEight(target + c, start + c, matrix + c, rows, factors, count, n);
        for (; c <= n - Lane; c += Lane)
        {
            var s = Vector512.Load(start + c);
            for (var i = 0; i < count; i++)
                s = Vector512.FusedMultiplyAdd(Vector512.Create(factors[i]), Vector512.Load(matrix + (long)rows[i] * n + c), s);
            Vector512.Store(s, target + c);
        }
        for (; c < n; c++)
        {
            var s = start[c];
            for (var i = 0; i < count; i++)
                s += factors[i] * matrix[(long)rows[i] * n + c];
            target[c] = s;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumEight(float* target, float* start, float* matrix, int* rows, float* factors, int count, int n)
    {
        var s0 = Vector512.Load(start);
        var s1 = Vector512.Load(start + Lane);
        var s2 = Vector512.Load(start + 2 * Lane);
        var s3 = Vector512.Load(start + 3 * Lane);
        var s4 = Vector512.Load(start + 4 * Lane);
        var s5 = Vector512.Load(start + 5 * Lane);
        var s6 = Vector512.Load(start + 6 * Lane);
        var s7 = Vector512.Load(start + 7 * Lane);
        for (var i = 0; i < count; i++)
        {
            var f = Vector512.Create(factors[i]);
            var row = matrix + (long)rows[i] * n;
            s0 = Vector512.FusedMultiplyAdd(f, Vector512.Load(row), s0);
            s1 = Vector512.FusedMultiplyAdd(f, Vector512.Load(row + Lane), s1);
            s2 = Vector512.FusedMultiplyAdd(f, Vector512.Load(row + 2 * Lane), s2);
            s3 = Vector512.FusedMultiplyAdd(f, Vector512.Load(row + 3 * Lane), s3);
            s4 = Vector512.FusedMultiplyAdd(f, Vector512.Load(row + 4 * Lane), s4);
            s5 = Vector512.FusedMultiplyAdd(f, Vector512.Load(row + 5 * Lane), s5);
            s6 = Vector512.FusedMultiplyAdd(f, Vector512.Load(row + 6 * Lane), s6);
            s7 = Vector512.FusedMultiplyAdd(f, Vector512.Load(row + 7 * Lane), s7);
        }
        Vector512.Store(s0, target);
        Vector512.Store(s1, target + Lane);
        Vector512.Store(s2, target + 2 * Lane);
        Vector512.Store(s3, target + 3 * Lane);
        Vector512.Store(s4, target + 4 * Lane);
        Vector512.Store(s5, target + 5 * Lane);
        Vector512.Store(s6, target + 6 * Lane);
        Vector512.Store(s7, target + 7 * Lane);
    }
}
