using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// Attention of one query to the columns before it, head by head: softmax(q·kᵀ)·v in float32, in one order of operations whatever
/// else is computed. As batched matrix products this is a thousand tiny BLAS calls a column, each with its own choice of kernel.
/// </summary>
internal static unsafe class SingleQueryAttention
{
    private const int Lane = 8;

    // Below this many multiplications, starting another thread costs more than it saves.
    private const long WorkWorthAThread = 1 << 22;

    /// <summary>One head: where its numbers lie.</summary>
    /// <param name="Query">Scaled query <c>[head size]</c>.</param>
    /// <param name="Keys"><c>[columns, head size]</c>.</param>
    /// <param name="Values"><c>[columns, head size]</c>.</param>
    /// <param name="Result"><c>[head size]</c>.</param>
    /// <param name="Columns">Columns attended to, at least one.</param>
    /// <param name="Bias">Added to the scores, <c>[columns]</c>; 0: none.</param>
    public readonly record struct Head(nint Query, nint Keys, nint Values, nint Result, int Columns, nint Bias = 0);

    /// <summary>Computes every head; the memory must stay in place meanwhile.</summary>
    public static void Attend(ReadOnlySpan<Head> heads, int size)
    {
        long work = 0;
        var longest = 0;
        foreach (var head in heads)
        {
            work += 2L * head.Columns * size;
            longest = Math.Max(longest, head.Columns);
        }
        if (TorchRuntime.Threads > 1 && work >= WorkWorthAThread)
        {
            var copy = heads.ToArray();
            Parallel.For(0, copy.Length, new ParallelOptions { MaxDegreeOfParallelism = TorchRuntime.Threads },
                index => Attend(copy[index], size, new float[Padded(longest)]));
            return;
        }
        var scores = new float[Padded(longest)];
        foreach (var head in heads) Attend(head, size, scores);
    }

    private static int Padded(int columns) => (columns + Lane - 1) / Lane * Lane;

    private static void Attend(Head head, int size, float[] buffer)
    {
        var padded = Padded(head.Columns);
        fixed (float* scores = buffer)
        {
            var largest = Scores((float*)head.Query, (float*)head.Keys, (float*)head.Bias, scores, head.Columns, size);
            // The places up to a whole vector weigh nothing.
            for (var column = head.Columns; column < padded; column++) scores[column] = float.NegativeInfinity;
            var total = Vector256<float>.Zero;
            for (var column = 0; column < padded; column += Lane)
            {
                var weight = Vector256.Exp(Vector256.Load(scores + column) - Vector256.Create(largest));
                weight.Store(scores + column);
                total += weight;
            }
            Mix(scores, (float*)head.Values, (float*)head.Result, head.Columns, size, 1 / Vector256.Sum(total));
        }
    }

    /// <returns>The largest score.</returns>
    private static float Scores(float* query, float* keys, float* bias, float* scores, int columns, int size)
    {
        var whole = size / Lane * Lane;
        var largest = float.NegativeInfinity;
        for (var column = 0; column < columns; column++, keys += size)
        {
            var sum = Vector256<float>.Zero;
            for (var index = 0; index < whole; index += Lane)
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(query + index), Vector256.Load(keys + index), sum);
            var score = Vector256.Sum(sum);
            for (var index = whole; index < size; index++) score = MathF.FusedMultiplyAdd(query[index], keys[index], score);
            if (bias != null) score += bias[column];
            scores[column] = score;
            largest = MathF.Max(largest, score);
        }
        return largest;
    }

    /// <summary>result = scale · Σ_c weights[c] · values[c].</summary>
    private static void Mix(float* weights, float* values, float* result, int columns, int size, float scale)
    {
        var index = 0;
        for (; index + 4 * Lane <= size; index += 4 * Lane)
        {
            Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
            var value = values + index;
            for (var column = 0; column < columns; column++, value += size)
            {
                var weight = Vector256.Create(weights[column]);
                a = Vector256.FusedMultiplyAdd(weight, Vector256.Load(value), a);
                b = Vector256.FusedMultiplyAdd(weight, Vector256.Load(value + Lane), b);
                c = Vector256.FusedMultiplyAdd(weight, Vector256.Load(value + 2 * Lane), c);
                d = Vector256.FusedMultiplyAdd(weight, Vector256.Load(value + 3 * Lane), d);
            }
            (a * scale).Store(result + index);
            (b * scale).Store(result + index + Lane);
            (c * scale).Store(result + index + 2 * Lane);
            (d * scale).Store(result + index + 3 * Lane);
        }
        for (; index < size; index++)
        {
            var sum = 0f;
            for (var column = 0; column < columns; column++)
                sum = MathF.FusedMultiplyAdd(weights[column], values[(long)column * size + index], sum);
            result[index] = sum * scale;
        }
    }
}
