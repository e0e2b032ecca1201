using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Finds the k largest pre-activations of a row exactly, in about one pass: the k-th largest of some 4k group maxima is a lower bound for
/// the k-th largest of all, and little more than k numbers reach it. Of equal ones the first are taken. One selector a thread.
/// </summary>
internal sealed unsafe class TopKSelector
{
    private const int Lane = 16;
    private readonly int latents;
    private readonly int k;
    private readonly int groupVectors;
    private readonly float[] groups;
    private readonly int[] keys;
    private readonly int[] candidates;
    private readonly float* groupStart;

    public TopKSelector(int latents, int k)
    {
        this.latents = latents;
        this.k = k;
        var wanted = (4 * k + Lane - 1) / Lane;
        // With fewer than two vectors a group the bound saves nothing.
        groupVectors = wanted * 2 <= latents / Lane ? wanted : 0;
        groups = GC.AllocateArray<float>(Math.Max(1, groupVectors * Lane), pinned: true);
        groupStart = (float*)Unsafe.AsPointer(ref groups[0]);
        keys = new int[Math.Max(latents, groups.Length)];
        candidates = new int[latents];
    }

    /// <summary>
    /// Adds the bias to a row of F pre-activations, in place, and writes the latents that are among the k largest and positive, ascending,
    /// with their values.
    /// </summary>
    /// <returns>How many there are.</returns>
    public int Choose(float* row, float* bias, int* chosen, float* values)
    {
        AddBias(row, bias);
        var bound = float.Epsilon;
        if (groupVectors > 0)
        {
            for (var i = 0; i < groups.Length; i++)
                keys[i] = Key(groups[i]);
            bound = Math.Max(bound, Value(Largest(keys.AsSpan(0, groups.Length), k)));
        }

        var count = Reaching(row, bound);
        if (count > k)
        {
            for (var i = 0; i < count; i++)
                keys[i] = Key(row[candidates[i]]);
            var last = Value(Largest(keys.AsSpan(0, count), k));
            count = Keep(row, count, last);
        }
        for (var i = 0; i < count; i++)
        {
            chosen[i] = candidates[i];
            values[i] = row[candidates[i]];
        }
        return count;
    }

    private void AddBias(float* row, float* bias)
    {
        var i = 0;
        if (groupVectors > 0)
        {
            var stride = groupVectors * Lane;
            new Span<float>(groupStart, stride).Fill(float.NegativeInfinity);
            for (; i <= latents - stride; i += stride)
            {
                for (var g = 0; g < stride; g += Lane)
                {
                    var p = Vector512.Load(row + i + g) + Vector512.Load(bias + i + g);
                    Vector512.Store(p, row + i + g);
                    Vector512.Store(Vector512.MaxNative(p, Vector512.Load(groupStart + g)), groupStart + g);
                }
            }
        }
        // What no group holds only makes the bound lower than it could be.
        for (; i < latents; i++)
            row[i] += bias[i];
    }

    private int Reaching(float* row, float bound)
    {
        var limit = Vector512.Create(bound);
        var count = 0;
        var i = 0;
        ref var target = ref MemoryMarshal.GetArrayDataReference(candidates);
        for (; i <= latents - Lane; i += Lane)
        {
            var mask = Vector512.GreaterThanOrEqual(Vector512.Load(row + i), limit).ExtractMostSignificantBits();
            while (mask != 0)
            {
                Unsafe.Add(ref target, count++) = i + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
            }
        }
        for (; i < latents; i++)
        {
            if (row[i] >= bound)
                candidates[count++] = i;
        }
        return count;
    }

    /// <summary>Keeps the candidates above <paramref name="last"/>, and of those equal to it as many as k leaves room for.</summary>
    private int Keep(float* row, int count, float last)
    {
        var above = 0;
        for (var i = 0; i < count; i++)
            above += row[candidates[i]] > last ? 1 : 0;
        var equals = k - above;
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var value = row[candidates[i]];
            if (value > last || (value == last && equals-- > 0))
                candidates[kept++] = candidates[i];
        }
        return kept;
    }

    /// <summary>The number-th largest key (1: the largest); reorders the keys. Hoare's selection.</summary>
    private static int Largest(Span<int> keys, int number)
    {
        var (left, right) = (0, keys.Length - 1);
        var wanted = number - 1;
        while (left < right)
        {
            var pivot = keys[(left + right) / 2];
            var (i, j) = (left, right);
            while (i <= j)
            {
                while (keys[i] > pivot)
                    i++;
                while (keys[j] < pivot)
                    j--;
                if (i <= j)
                {
                    (keys[i], keys[j]) = (keys[j], keys[i]);
                    i++;
                    j--;
                }
            }
            if (wanted <= j)
                right = j;
            else if (wanted >= i)
                left = i;
            else
                break;
        }
        return keys[wanted];
    }

    /// <summary>A whole number in the float's order; also for what is not a number, so that selection always ends.</summary>
    private static int Key(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        return bits ^ ((bits >> 31) & int.MaxValue);
    }

    private static float Value(int key) => BitConverter.Int32BitsToSingle(key ^ ((key >> 31) & int.MaxValue));
}
