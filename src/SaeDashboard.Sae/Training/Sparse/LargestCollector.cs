using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// Takes the k largest positive pre-activations of each column exactly: a number counts only if it exceeds the k-th largest of those seen
/// before, which few do. Of equal ones the first are taken. Where the product is inexact, candidates are chosen by it, more than k, and
/// computed again in float32.
/// </summary>
internal sealed unsafe class LargestCollector : RowCollector
{
    private const int Lane = 16;

    /// <summary>Candidates of an inexact product for each latent that is wanted, at most.</summary>
    public const int CandidatesPerLatent = 2;

    /// <summary>
    /// How far under the k-th largest of an inexact product a candidate may be, as a share of it: rounding to 8 bits moves a number by 2⁻⁹
    /// of it, rounding the factors by about as much, so two that are further apart than this have not changed places.
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

    public LargestCollector(int blockRows, int latents, int k, bool inexact)
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

    public override void Take(int row, int first, ushort* product, int count) => Take(row, first, new HalfRow(product), count);

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
            var most = Vector512.MaxNative(Vector512.MaxNative(p0, p1), Vector512.MaxNative(p2, p3));
            if (!Vector512.GreaterThanAny(most, limit))
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
                bounds[row] = Narrow(number, value, ref found);
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
                bounds[row] = Narrow(number, value, ref found);
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
                Narrow(number, value, ref found);
            if (inexact)
            {
                for (var i = 0; i < found; i++)
                {
                    if (i + 2 < found)
                        RowKernels.Prefetch(encoder + (long)number[i + 2] * width, width);
                    value[i] = RowKernels.Dot(centred + (long)row * width, encoder + (long)number[i] * width, width) + bias[number[i]];
                }
                if (found > k)
                    Shrink(number, value, ref found, k);
            }
            for (var i = 0; i < found; i++)
            {
                if (value[i] > 0)
                    list.Add(number[i], value[i]);
            }
            list.EndColumn(row);
        }
    }

    /// <summary>Of more than k, keeps those that could be among the k largest; returns what others must exceed to be.</summary>
    private float Narrow(int* number, float* value, ref int found)
    {
        if (!inexact)
            return Shrink(number, value, ref found, k);
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
        return found > kept ? Shrink(number, value, ref found, kept) : bound;
    }

    /// <summary>Keeps the so many largest in their order; returns the smallest of them.</summary>
    private float Shrink(int* number, float* value, ref int found, int wanted)
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
