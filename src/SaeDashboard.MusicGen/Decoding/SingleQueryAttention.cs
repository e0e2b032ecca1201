using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// Attention of one query to the columns before it, head by head: softmax(q·kᵀ)·v in float32, always in the same order of operations. As
/// batched matrix products this is a thousand small BLAS calls per column, each with its own choice of kernel.
/// </summary>
internal static unsafe class SingleQueryAttention
{
    private const int Lane = 8;
    private const int WideLane = 16;
    private const int ColumnsAtOnce = 4;

    // A head's keys and values are two short ranges of memory, too short for the processor's hardware prefetcher. They are read once a step:
    // prefetched past the second level of the cache they come a third faster than through it (six lanes, bfloat16: 42 against 54 GB/s).
    private const int Ahead = 8192;
    private const int LineBytes = 64;

    /// <summary>The addresses of one head's numbers.</summary>
    /// <param name="Query">Scaled query <c>[head size]</c>.</param>
    /// <param name="Keys"><c>[columns, head size]</c>, float32 or bfloat16.</param>
    /// <param name="Values">As <paramref name="Keys"/>.</param>
    /// <param name="Result"><c>[head size]</c>.</param>
    /// <param name="Columns">Columns attended to, at least one.</param>
    /// <param name="Bias">Added to the scores, <c>[columns]</c>; 0: none.</param>
    public readonly record struct Head(nint Query, nint Keys, nint Values, nint Result, int Columns, nint Bias = 0);

    /// <summary>Computes every head; the memory must stay valid meanwhile.</summary>
    /// <param name="heads">The heads.</param>
    /// <param name="size">Numbers of a key.</param>
    /// <param name="isBFloat16">Whether keys and values are bfloat16. The result is that of the same numbers in float32, bit for bit.</param>
    public static void Attend(ReadOnlySpan<Head> heads, int size, bool isBFloat16 = false)
    {
        var loop = HeadLoop.Mine;
        loop.Fill(heads, size, isBFloat16);
        WorkerPool.Run(loop, loop.Parts);
    }

    /// <summary>One head.</summary>
    /// <param name="head">The head.</param>
    /// <param name="size">Numbers of a key.</param>
    /// <param name="isBFloat16">Whether keys and values are bfloat16.</param>
    /// <param name="scores">Working memory of <see cref="Padded"/> columns.</param>
    /// <param name="next">Address of the keys that are probably read next; 0: not known.</param>
    public static void Attend(in Head head, int size, bool isBFloat16, Span<float> scores, nint next = 0)
    {
        fixed (float* place = scores)
        {
            if (isBFloat16) Attend<BFloat16Keys>(head, size, place, (byte*)next);
            else Attend<SingleKeys>(head, size, place, (byte*)next);
        }
    }

    /// <summary>Columns rounded up to a whole vector.</summary>
    public static int Padded(int columns) => (columns + Lane - 1) / Lane * Lane;

    private static void Attend<TKeys>(in Head head, int size, float* scores, byte* next) where TKeys : IKeyNumbers
    {
        var padded = Padded(head.Columns);
        var largest = Scores<TKeys>((float*)head.Query, (byte*)head.Keys, (float*)head.Bias, scores, head.Columns, size, (byte*)head.Values);
        // The padding up to a whole vector has weight 0.
        for (var column = head.Columns; column < padded; column++) scores[column] = float.NegativeInfinity;
        Mix<TKeys>(scores, (byte*)head.Values, (float*)head.Result, head.Columns, size, 1 / Weigh(scores, padded, largest, (byte*)head.Values, size * TKeys.Bytes), next);
    }

    /// <summary>scores = exp(scores − largest). Meanwhile an eighth of the values is prefetched.</summary>
    /// <returns>Their sum, in the same order for every vector width.</returns>
    private static float Weigh(float* scores, int padded, float largest, byte* values, int stride)
    {
        var total = Vector256<float>.Zero;
        var column = 0;
        for (; Vector512.IsHardwareAccelerated && column + WideLane <= padded; column += WideLane)
        {
            Prefetch(values + (long)column / 8 * stride, 2 * stride, values + (long)padded * stride, null);
            var weight = Vector512.Exp(Vector512.Load(scores + column) - Vector512.Create(largest));
            weight.Store(scores + column);
            total = total + weight.GetLower() + weight.GetUpper();
        }
        for (; column < padded; column += Lane)
        {
            var weight = Vector256.Exp(Vector256.Load(scores + column) - Vector256.Create(largest));
            weight.Store(scores + column);
            total += weight;
        }
        return Vector256.Sum(total);
    }

    /// <returns>The largest score.</returns>
    private static float Scores<TKeys>(float* query, byte* keys, float* bias, float* scores, int columns, int size, byte* next) where TKeys : IKeyNumbers
    {
        var (whole, stride, column) = (size / Lane * Lane, size * TKeys.Bytes, 0);
        var end = keys + (long)columns * stride;
        var largest = float.NegativeInfinity;
        if (Avx.IsSupported && whole == size)
        {
            var most = Vector128.Create(float.NegativeInfinity);
            for (; column + ColumnsAtOnce <= columns; column += ColumnsAtOnce, keys += ColumnsAtOnce * stride)
            {
                Prefetch(keys, ColumnsAtOnce * stride, end, next);
                var four = Four<TKeys>(query, keys, stride, size);
                if (bias != null) four += Vector128.Load(bias + column);
                four.Store(scores + column);
                most = Vector128.Max(most, four);
            }
            for (var index = 0; index < ColumnsAtOnce; index++) largest = MathF.Max(largest, most[index]);
        }
        for (; column < columns; column++, keys += stride)
        {
            var sum = Vector256<float>.Zero;
            for (var index = 0; index < whole; index += Lane)
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(query + index), TKeys.Eight(keys + index * TKeys.Bytes), sum);
            var score = Vector256.Sum(sum);
            for (var index = whole; index < size; index++) score = MathF.FusedMultiplyAdd(query[index], TKeys.One(keys + index * TKeys.Bytes), score);
            if (bias != null) score += bias[column];
            scores[column] = score;
            largest = MathF.Max(largest, score);
        }
        return largest;
    }

    /// <summary>Prefetches bytes that are read later: near the end of a range, those of the beginning of the next one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* from, int bytes, byte* end, byte* next)
    {
        if (!Sse.IsSupported) return;
        var ahead = from + Ahead;
        if (ahead >= end && next != null) ahead = next + (ahead - end);
        for (var line = 0; line < bytes; line += LineBytes) Sse.PrefetchNonTemporal(ahead + line);
    }

    /// <summary>The scores of four columns: each the sum that <see cref="Vector256.Sum"/> gives, ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)),
    /// with a quarter of the instructions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Four<TKeys>(float* query, byte* keys, int stride, int size) where TKeys : IKeyNumbers
    {
        byte* second = keys + stride, third = second + stride, fourth = third + stride;
        Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
        for (var index = 0; index < size; index += Lane)
        {
            var (part, place) = (Vector256.Load(query + index), index * TKeys.Bytes);
            a = Vector256.FusedMultiplyAdd(part, TKeys.Eight(keys + place), a);
            b = Vector256.FusedMultiplyAdd(part, TKeys.Eight(second + place), b);
            c = Vector256.FusedMultiplyAdd(part, TKeys.Eight(third + place), c);
            d = Vector256.FusedMultiplyAdd(part, TKeys.Eight(fourth + place), d);
        }
        var halves = Avx.HorizontalAdd(Avx.HorizontalAdd(a, b), Avx.HorizontalAdd(c, d));
        return halves.GetLower() + halves.GetUpper();
    }

    /// <summary>result = scale · Σ_c weights[c] · values[c].</summary>
    private static void Mix<TKeys>(float* weights, byte* values, float* result, int columns, int size, float scale, byte* next) where TKeys : IKeyNumbers
    {
        var (index, stride) = (0, size * TKeys.Bytes);
        var end = values + (long)columns * stride;
        // Every element is a separate chain, so wider vectors give the same bits.
        for (; Vector512.IsHardwareAccelerated && index + 4 * WideLane <= size; index += 4 * WideLane)
        {
            Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
            var value = values + index * TKeys.Bytes;
            for (var column = 0; column < columns; column++, value += stride)
            {
                Prefetch(value, 4 * WideLane * TKeys.Bytes, end, next);
                var weight = Vector512.Create(weights[column]);
                a = Vector512.FusedMultiplyAdd(weight, TKeys.Sixteen(value), a);
                b = Vector512.FusedMultiplyAdd(weight, TKeys.Sixteen(value + WideLane * TKeys.Bytes), b);
                c = Vector512.FusedMultiplyAdd(weight, TKeys.Sixteen(value + 2 * WideLane * TKeys.Bytes), c);
                d = Vector512.FusedMultiplyAdd(weight, TKeys.Sixteen(value + 3 * WideLane * TKeys.Bytes), d);
            }
            (a * scale).Store(result + index);
            (b * scale).Store(result + index + WideLane);
            (c * scale).Store(result + index + 2 * WideLane);
            (d * scale).Store(result + index + 3 * WideLane);
        }
        for (; index + 4 * Lane <= size; index += 4 * Lane)
        {
            Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
            var value = values + index * TKeys.Bytes;
            for (var column = 0; column < columns; column++, value += stride)
            {
                var weight = Vector256.Create(weights[column]);
                a = Vector256.FusedMultiplyAdd(weight, TKeys.Eight(value), a);
                b = Vector256.FusedMultiplyAdd(weight, TKeys.Eight(value + Lane * TKeys.Bytes), b);
                c = Vector256.FusedMultiplyAdd(weight, TKeys.Eight(value + 2 * Lane * TKeys.Bytes), c);
                d = Vector256.FusedMultiplyAdd(weight, TKeys.Eight(value + 3 * Lane * TKeys.Bytes), d);
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
                sum = MathF.FusedMultiplyAdd(weights[column], TKeys.One(values + (long)column * stride + index * TKeys.Bytes), sum);
            result[index] = sum * scale;
        }
    }
}

/// <summary>The heads of one <see cref="SingleQueryAttention"/>, split across the <see cref="WorkerPool"/>. One per thread, reused.</summary>
internal sealed class HeadLoop : PoolWork
{
    // Below this many multiplications, distributing the work costs more than it saves.
    private const long WorkOfAPart = 1 << 15;

    [ThreadStatic]
    private static HeadLoop? mine;

    [ThreadStatic]
    private static float[]? scores;

    private SingleQueryAttention.Head[] heads = [];
    private int count, size, headsOfAPart;
    private bool isBFloat16;

    public static HeadLoop Mine => mine ??= new HeadLoop();

    public int Parts => (count + headsOfAPart - 1) / headsOfAPart;

    /// <summary>Sets the heads to compute.</summary>
    public void Fill(ReadOnlySpan<SingleQueryAttention.Head> heads, int size, bool isBFloat16)
    {
        if (this.heads.Length < heads.Length) this.heads = new SingleQueryAttention.Head[heads.Length];
        heads.CopyTo(this.heads);
        (count, this.size, this.isBFloat16) = (heads.Length, size, isBFloat16);
        long work = 0;
        foreach (var head in heads) work += 2L * head.Columns * size;
        headsOfAPart = (int)Math.Clamp(WorkOfAPart * count / Math.Max(1, work), 1, Math.Max(1, count));
    }

    protected override void Part(int part)
    {
        var end = Math.Min(count, (part + 1) * headsOfAPart);
        for (var index = part * headsOfAPart; index < end; index++)
        {
            var padded = SingleQueryAttention.Padded(this.heads[index].Columns);
            // Doubled, so that a growing cache does not allocate at every column.
            if (scores is null || scores.Length < padded) scores = new float[2 * padded];
            var next = index + 1 < count ? this.heads[index + 1].Keys : 0;
            SingleQueryAttention.Attend(this.heads[index], this.size, isBFloat16, scores, next);
        }
    }
}

/// <summary>How keys and values are stored: a type parameter of <see cref="SingleQueryAttention"/>, so that one implementation serves both types.</summary>
internal unsafe interface IKeyNumbers
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Bytes { get; }

    static abstract float One(byte* from);

    static abstract Vector256<float> Eight(byte* from);

    static abstract Vector512<float> Sixteen(byte* from);
}

/// <summary>float32.</summary>
internal readonly unsafe struct SingleKeys : IKeyNumbers
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* from) => *(float*)from;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Eight(byte* from) => Vector256.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sixteen(byte* from) => Vector512.Load((float*)from);
}

/// <summary>bfloat16, widened exactly: its bits are the upper half of float32's.</summary>
internal readonly unsafe struct BFloat16Keys : IKeyNumbers
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* from) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)from << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Eight(byte* from)
    {
        var numbers = Vector128.Load((ushort*)from);
        // One instruction where the processor has it; Widen takes three.
        if (Avx2.IsSupported) return (Avx2.ConvertToVector256Int32(numbers) << 16).AsSingle();
        var (lower, upper) = Vector128.Widen(numbers);
        return (Vector256.Create(lower, upper) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sixteen(byte* from)
    {
        var numbers = Vector256.Load((ushort*)from);
        if (Avx512F.IsSupported) return (Avx512F.ConvertToVector512Int32(numbers) << 16).AsSingle();
        var (lower, upper) = Vector256.Widen(numbers);
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }
}
