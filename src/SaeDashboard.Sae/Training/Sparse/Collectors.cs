using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>Collects from a block's pre-activations, as they are computed, those that may be active. One per thread.</summary>
internal abstract unsafe class RowCollector
{
    /// <summary>Begins a block.</summary>
    /// <param name="rows">The block's columns.</param>
    /// <param name="bias">b_enc [F].</param>
    public abstract void Begin(int rows, float* bias);

    /// <summary>Scans h·W_enc, without b_enc, of one column and of <paramref name="count"/> latents.</summary>
    /// <param name="row">The column within the block.</param>
    /// <param name="first">The first latent; tiles come in ascending order.</param>
    /// <param name="product">The values [count].</param>
    /// <param name="count">The number of latents.</param>
    public abstract void Take(int row, int first, float* product, int count);

    /// <summary>The same for a product in bfloat16.</summary>
    public abstract void Take(int row, int first, ushort* product, int count);

    /// <summary>Writes the collected latents.</summary>
    /// <param name="list">The block's list, empty.</param>
    /// <param name="centred">h [rows, d].</param>
    /// <param name="encoder">W_encᵀ [F, d].</param>
    /// <param name="width">d.</param>
    public abstract void End(LatentList list, float* centred, float* encoder, int width);
}

/// <summary>
/// Collects exactly the k largest positive pre-activations of each column: a value counts only if it exceeds the k-th largest seen so far,
/// which few do. Among equal values the first are kept. With an inexact product, more than k candidates are collected and computed again in
/// float32.
/// </summary>
internal sealed unsafe class TopKCollector : RowCollector
{
    private const int Lane = 16;

    /// <summary>The largest number of candidates of an inexact product, in multiples of k.</summary>
    public const int CandidatesPerLatent = 2;

    /// <summary>
    /// How far below the k-th largest of an inexact product a candidate may be, relative to it. Rounding the result to 8 bits changes it by
    /// at most 2⁻⁹, rounding the factors by about as much, so two values further apart than this keep their order.
    /// </summary>
    private const float Margin = 1f / 64;

    private readonly int k;
    private readonly int kept;
    private readonly int room;
    private readonly bool inexact;
    private readonly int[] counts;
    private readonly float[] bounds;
    private readonly int[] numbers;
    private readonly float[] values;
    private readonly int[] keys;
    private float* bias;
    private int rows;

    public TopKCollector(int blockRows, int latents, int k, bool inexact)
    {
        (this.k, this.inexact) = (k, inexact);
        kept = inexact ? Math.Min(CandidatesPerLatent * k, latents) : k;
        room = 4 * kept + IProductRow.Step;
        counts = new int[blockRows];
        bounds = new float[blockRows];
        numbers = GC.AllocateArray<int>(blockRows * room, pinned: true);
        values = GC.AllocateArray<float>(blockRows * room, pinned: true);
        keys = new int[room];
    }

    public override void Begin(int rows, float* bias)
    {
        this.rows = rows;
        this.bias = bias;
        Array.Clear(counts);
        Array.Fill(bounds, 0);
    }

    public override void Take(int row, int first, float* product, int count) => Take(row, first, new FloatRow(product), count);

    public override void Take(int row, int first, ushort* product, int count) => Take(row, first, new BFloat16Row(product), count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Take<TProduct>(int row, int first, TProduct product, int count) where TProduct : struct, IProductRow
    {
        var number = (int*)Unsafe.AsPointer(ref numbers[row * room]);
        var value = (float*)Unsafe.AsPointer(ref values[row * room]);
        var b = bias + first;
        var found = counts[row];
        var limit = Vector512.Create(bounds[row]);
        var full = room - IProductRow.Step;
        var i = 0;
        for (; i <= count - IProductRow.Step; i += IProductRow.Step)
        {
            product.Load(i, out var p0, out var p1, out var p2, out var p3);
            p0 += Vector512.Load(b + i);
            p1 += Vector512.Load(b + i + Lane);
            p2 += Vector512.Load(b + i + 2 * Lane);
            p3 += Vector512.Load(b + i + 3 * Lane);
            var largest = Vector512.MaxNative(Vector512.MaxNative(p0, p1), Vector512.MaxNative(p2, p3));
            if (!Vector512.GreaterThanAny(largest, limit))
                continue;
            var mask = Vector512.GreaterThan(p0, limit).ExtractMostSignificantBits()
                | Vector512.GreaterThan(p1, limit).ExtractMostSignificantBits() << Lane
                | Vector512.GreaterThan(p2, limit).ExtractMostSignificantBits() << (2 * Lane)
                | Vector512.GreaterThan(p3, limit).ExtractMostSignificantBits() << (3 * Lane);
            for (; mask != 0; mask &= mask - 1)
            {
                var at = i + BitOperations.TrailingZeroCount(mask);
                number[found] = first + at;
                value[found++] = product[at] + b[at];
            }
            if (found > full)
            {
                bounds[row] = KeepCandidates(number, value, ref found);
                limit = Vector512.Create(bounds[row]);
            }
        }
        for (; i < count; i++)
        {
            var p = product[i] + b[i];
            if (!(p > bounds[row]))
                continue;
            number[found] = first + i;
            value[found++] = p;
            if (found > full)
                bounds[row] = KeepCandidates(number, value, ref found);
        }
        counts[row] = found;
    }

    public override void End(LatentList list, float* centred, float* encoder, int width)
    {
        for (var row = 0; row < rows; row++)
        {
            var number = (int*)Unsafe.AsPointer(ref numbers[row * room]);
            var value = (float*)Unsafe.AsPointer(ref values[row * room]);
            var found = counts[row];
            if (found > k)
                KeepCandidates(number, value, ref found);
            if (inexact)
            {
                for (var i = 0; i < found; i++)
                {
                    if (i + 2 < found)
                        RowKernels.Prefetch(encoder + (long)number[i + 2] * width, width);
                    value[i] = RowKernels.Dot(centred + (long)row * width, encoder + (long)number[i] * width, width) + bias[number[i]];
                }
                if (found > k)
                    KeepLargest(number, value, ref found, k);
            }
            for (var i = 0; i < found; i++)
            {
                if (value[i] > 0)
                    list.Add(number[i], value[i]);
            }
            list.EndColumn(row);
        }
    }

    /// <summary>Keeps those that may be among the k largest; returns the bound that later values must exceed.</summary>
    private float KeepCandidates(int* number, float* value, ref int found)
    {
        if (!inexact)
            return KeepLargest(number, value, ref found, k);
        for (var i = 0; i < found; i++)
            keys[i] = FloatOrder.Key(value[i]);
        var bound = (1 - Margin) * FloatOrder.Value(FloatOrder.Largest(keys.AsSpan(0, found), k));
        var stay = 0;
        for (var i = 0; i < found; i++)
        {
            if (!(value[i] >= bound))
                continue;
            (number[stay], value[stay]) = (number[i], value[i]);
            stay++;
        }
        found = stay;
        return found > kept ? KeepLargest(number, value, ref found, kept) : bound;
    }

    /// <summary>Keeps the <paramref name="wanted"/> largest in their order; returns the smallest of them.</summary>
    private float KeepLargest(int* number, float* value, ref int found, int wanted)
    {
        for (var i = 0; i < found; i++)
            keys[i] = FloatOrder.Key(value[i]);
        var last = FloatOrder.Largest(keys.AsSpan(0, found), wanted);
        var above = 0;
        for (var i = 0; i < found; i++)
            above += FloatOrder.Key(value[i]) > last ? 1 : 0;
        var equals = wanted - above;
        var stay = 0;
        for (var i = 0; i < found; i++)
        {
            var key = FloatOrder.Key(value[i]);
            if (key < last || (key == last && equals-- <= 0))
                continue;
            (number[stay], value[stay]) = (number[i], value[i]);
            stay++;
        }
        found = stay;
        return FloatOrder.Value(last);
    }
}

/// <summary>
/// Collects every pre-activation above its latent's bound. With an inexact product the bounds are lowered by its error and the candidates
/// are computed again in float32.
/// </summary>
internal sealed unsafe class ThresholdCollector : RowCollector, IDisposable
{
    private const int Lane = 16;

    /// <summary>
    /// The inexact product's error. Rounding the factors and the result to 8 bits changes it by at most 2⁻⁷ of itself where its terms have
    /// one sign. Where they cancel and the vectors' norms are near 1, the worst case is 2⁻⁸, but the typical error 2⁻⁹/√d: rounding errors
    /// cancel too.
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

    /// <summary>Sets the bounds [F] that values must exceed, before a batch.</summary>
    public void SetBounds(ReadOnlySpan<float> values)
    {
        values.CopyTo(bounds);
        for (var j = 0; inexact && j < bounds.Length; j++)
            lowered[j] = bounds[j] - Error - RelativeError * MathF.Abs(bounds[j]);
    }

    /// <summary>Sets one bound for all latents.</summary>
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

    public override void Take(int row, int first, ushort* product, int count) => Take(row, first, new BFloat16Row(product), count);

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
        // They came tile by tile: sort them by column, and within a column by latent.
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

    /// <summary>A bit mask of the lanes in which p + b exceeds its bound.</summary>
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
