using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// Takes every pre-activation above its latent's bound. Where the product is inexact the bounds are lowered by its error and what was taken
/// is computed again in float32.
/// </summary>
internal sealed unsafe class ThresholdCollector : RowCollector, IDisposable
{
    private const int Lane = 16;

    /// <summary>
    /// The inexact product's error. Rounding the factors and the result to 8 bits moves it by at most 2⁻⁷ of itself where its terms have one
    /// sign. Where they cancel, of vectors whose norms are near 1, by 2⁻⁸ at the very worst but by about 2⁻⁹/√d in fact: their errors cancel too.
    /// </summary>
    private const float Error = 1f / 1024, RelativeError = 1f / 128;

    private readonly bool inexact;
    private readonly float[] bounds;
    private readonly float[] lowered;
    private readonly int[] starts;
    private int capacity;
    private int count;
    private int* rowOf;
    private int* numbers;
    private float* values;
    private int* order;
    private float* bias;
    private int rows;

    public ThresholdCollector(int blockRows, int latents, bool inexact)
    {
        this.inexact = inexact;
        bounds = new float[latents];
        lowered = inexact ? GC.AllocateArray<float>(latents, pinned: true) : bounds;
        starts = new int[blockRows + 1];
    }

    /// <summary>[F]: what a latent must exceed to be taken. To be set before the batch.</summary>
    public void SetBounds(ReadOnlySpan<float> values)
    {
        values.CopyTo(bounds);
        for (var j = 0; inexact && j < bounds.Length; j++)
            lowered[j] = bounds[j] - Error - RelativeError * MathF.Abs(bounds[j]);
    }

    /// <summary>The same bound for all latents.</summary>
    public void SetBound(float value)
    {
        Array.Fill(bounds, value);
        SetBounds(bounds);
    }

    public override void Begin(int rows, float* bias)
    {
        this.rows = rows;
        this.bias = bias;
        count = 0;
    }

    public override void Take(int row, int first, float* product, int count) => Take(row, first, new FloatRow(product), count);

    public override void Take(int row, int first, ushort* product, int count) => Take(row, first, new HalfRow(product), count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Take<TProduct>(int row, int first, TProduct product, int length) where TProduct : struct, IProductRow
    {
        while (count + length > capacity)
            Grow();
        var b = bias + first;
        var found = count;
        fixed (float* lower = &lowered[first])
        {
            var i = 0;
            for (; i <= length - IProductRow.Step; i += IProductRow.Step)
            {
                product.Load(i, out var p0, out var p1, out var p2, out var p3);
                var mask = Above(p0, b + i, lower + i)
                    | Above(p1, b + i + Lane, lower + i + Lane) << Lane
                    | Above(p2, b + i + 2 * Lane, lower + i + 2 * Lane) << (2 * Lane)
                    | Above(p3, b + i + 3 * Lane, lower + i + 3 * Lane) << (3 * Lane);
                for (; mask != 0; mask &= mask - 1)
                {
                    var at = i + BitOperations.TrailingZeroCount(mask);
                    rowOf[found] = row;
                    numbers[found] = first + at;
                    values[found++] = product[at] + b[at];
                }
            }
            for (; i < length; i++)
            {
                var p = product[i] + b[i];
                if (!(p > lower[i]))
                    continue;
                rowOf[found] = row;
                numbers[found] = first + i;
                values[found++] = p;
            }
        }
        count = found;
    }

    public override void End(LatentList list, float* centred, float* encoder, int width)
    {
        // By column, within it by latent: they came tile by tile.
        Array.Clear(starts);
        for (var i = 0; i < count; i++)
            starts[rowOf[i] + 1]++;
        for (var row = 0; row < rows; row++)
            starts[row + 1] += starts[row];
        for (var i = 0; i < count; i++)
            order[starts[rowOf[i]]++] = i;
        var place = 0;
        for (var row = 0; row < rows; row++)
        {
            for (; place < starts[row]; place++)
            {
                if (inexact && place + 2 < count)
                    RowKernels.Prefetch(encoder + (long)numbers[order[place + 2]] * width, width);
                var (number, value) = (numbers[order[place]], values[order[place]]);
                if (inexact)
                    value = RowKernels.Dot(centred + (long)row * width, encoder + (long)number * width, width) + bias[number];
                if (value > bounds[number])
                    list.Add(number, value);
            }
            list.EndColumn(row);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(rowOf);
        NativeMemory.Free(numbers);
        NativeMemory.Free(values);
        NativeMemory.Free(order);
        rowOf = numbers = order = null;
        values = null;
        capacity = 0;
    }

    /// <summary>A bit for each p + b above its bound.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Above(Vector512<float> p, float* b, float* lower) =>
        Vector512.GreaterThan(p + Vector512.Load(b), Vector512.Load(lower)).ExtractMostSignificantBits();

    private void Grow()
    {
        capacity = Math.Max(1 << 16, checked(capacity * 2));
        var bytes = (nuint)capacity * sizeof(int);
        rowOf = (int*)NativeMemory.Realloc(rowOf, bytes);
        numbers = (int*)NativeMemory.Realloc(numbers, bytes);
        values = (float*)NativeMemory.Realloc(values, bytes);
        order = (int*)NativeMemory.Realloc(order, bytes);
    }
}
