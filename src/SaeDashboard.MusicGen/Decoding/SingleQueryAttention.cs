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
    private const int WideLane = 16;

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
        var loop = HeadLoop.Mine;
        loop.Fill(heads, size);
        WorkerPool.Run(loop, loop.Parts);
    }

    /// <summary>One head.</summary>
    /// <param name="head">It.</param>
    /// <param name="size">Numbers of a key.</param>
    /// <param name="scores">Working memory of <see cref="Padded"/> columns.</param>
    public static void Attend(in Head head, int size, Span<float> scores)
    {
        fixed (float* place = scores) Attend(head, size, place);
    }

    /// <summary>Columns up to a whole vector.</summary>
    public static int Padded(int columns) => (columns + Lane - 1) / Lane * Lane;

    private static void Attend(in Head head, int size, float* scores)
    {
        var padded = Padded(head.Columns);
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
        // Every element is a chain of its own, so wider vectors give the same bits.
        for (; Vector512.IsHardwareAccelerated && index + 4 * WideLane <= size; index += 4 * WideLane)
        {
            Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
            var value = values + index;
            for (var column = 0; column < columns; column++, value += size)
            {
                var weight = Vector512.Create(weights[column]);
                a = Vector512.FusedMultiplyAdd(weight, Vector512.Load(value), a);
                b = Vector512.FusedMultiplyAdd(weight, Vector512.Load(value + WideLane), b);
                c = Vector512.FusedMultiplyAdd(weight, Vector512.Load(value + 2 * WideLane), c);
                d = Vector512.FusedMultiplyAdd(weight, Vector512.Load(value + 3 * WideLane), d);
            }
            (a * scale).Store(result + index);
            (b * scale).Store(result + index + WideLane);
            (c * scale).Store(result + index + 2 * WideLane);
            (d * scale).Store(result + index + 3 * WideLane);
        }
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
