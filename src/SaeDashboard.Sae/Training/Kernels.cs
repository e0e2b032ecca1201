using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The loops over float rows in which training spends its time, apart from the matrix product. 512-bit vectors; the runtime splits them
/// where the processor's are shorter. Sums are taken in a fixed order.
/// </summary>
internal static unsafe class RowKernels
{
    private const int Lane = 16;

    /// <summary>Prefetches a row's n values into the cache.</summary>
    public static void Prefetch(float* row, int n)
    {
        if (!Sse.IsSupported)
            return;
        for (var i = 0; i < n; i += Lane)
            Sse.Prefetch1(row + i);
    }

    /// <summary>Σ a·b over n values.</summary>
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

    /// <summary>target += factor·row over n values.</summary>
    public static void Add(float* target, float factor, float* row, int n)
    {
        var f = Vector512.Create(factor);
        var i = 0;
        for (; i <= n - Lane; i += Lane)
            Vector512.Store(Vector512.FusedMultiplyAdd(f, Vector512.Load(row + i), Vector512.Load(target + i)), target + i);
        for (; i < n; i++)
            target[i] += factor * row[i];
    }

    /// <summary>row *= factor over n values.</summary>
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
    /// target = start + Σ_i factors[i]·matrix[rows[i]] over rows of n values, kept in registers: the sum of sparse rows that both
    /// reconstruction and gradients consist of. <paramref name="target"/> may be <paramref name="start"/>.
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

/// <summary>Adam's formula with the constants of one step (Kingma, Ba 2015, arXiv:1412.6980), for any stretch of a tensor.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Rate">Learning rate / (1 − β1^t).</param>
/// <param name="Root">1 / √(1 − β2^t).</param>
/// <param name="Epsilon">Added to the root.</param>
/// <param name="GradientScale">The factor by which clipping scales the gradient.</param>
internal readonly record struct AdamStep(float Beta1, float Beta2, float Rate, float Root, float Epsilon, float GradientScale)
{
    private const int Lane = 16;

    /// <summary>Updates <paramref name="count"/> values of a tensor and their moments from <paramref name="offset"/> on.</summary>
    /// <param name="tensor">Values and moments.</param>
    /// <param name="offset">The first value.</param>
    /// <param name="gradient">The gradient [count].</param>
    /// <param name="count">The number of values.</param>
    public unsafe void Update(TrainedTensor tensor, long offset, float* gradient, int count)
    {
        var value = tensor.ValueStart + offset;
        var first = tensor.FirstStart + offset;
        var second = tensor.SecondStart + offset;
        var allRate = (float)(Rate * tensor.RateFactor);
        var (beta1, beta2) = (Vector512.Create(Beta1), Vector512.Create(Beta2));
        var (rest1, rest2) = (Vector512.Create(1 - Beta1), Vector512.Create(1 - Beta2));
        var (rate, root) = (Vector512.Create(allRate), Vector512.Create(Root));
        var (epsilon, scale) = (Vector512.Create(Epsilon), Vector512.Create(GradientScale));
        var i = 0;
        for (; i <= count - Lane; i += Lane)
        {
            var g = Vector512.Load(gradient + i) * scale;
            var m = Vector512.FusedMultiplyAdd(rest1, g, beta1 * Vector512.Load(first + i));
            var v = Vector512.FusedMultiplyAdd(rest2 * g, g, beta2 * Vector512.Load(second + i));
            Vector512.Store(m, first + i);
            Vector512.Store(v, second + i);
            Vector512.Store(Vector512.Load(value + i) - rate * m / (Vector512.Sqrt(v) * root + epsilon), value + i);
        }
        for (; i < count; i++)
        {
            var g = gradient[i] * GradientScale;
            first[i] = Beta1 * first[i] + (1 - Beta1) * g;
            second[i] = Beta2 * second[i] + (1 - Beta2) * g * g;
            value[i] -= allRate * first[i] / (MathF.Sqrt(second[i]) * Root + Epsilon);
        }
    }
}

/// <summary>
/// Adam over a run's tensors, in place. Dense: a row without gradient still decays its moments and moves. Decoder rows are normalised after
/// the step. Both engines use <see cref="At"/>; <see cref="Step"/> is for gradients stored in the tensors.
/// </summary>
internal sealed unsafe class AdamOptimizer(TrainConfig config, WorkerTeam team)
{
    private const int RowsPerBlock = 64;

    /// <summary>
    /// The constants of the step after <see cref="TrainingState.Step"/>. Clipping: the gradient is scaled by clipNorm over the previous
    /// step's gradient norm, where that was larger (docs/decisions/0016).
    /// </summary>
    public AdamStep At(TrainingState state, double learningRate)
    {
        var step = state.Step + 1;
        return new AdamStep(
            (float)config.Beta1,
            (float)config.Beta2,
            (float)(learningRate / (1 - Math.Pow(config.Beta1, step))),
            (float)(1 / Math.Sqrt(1 - Math.Pow(config.Beta2, step))),
            (float)config.Epsilon,
            (float)(state.GradientNorm > config.ClipNorm ? config.ClipNorm / state.GradientNorm : 1));
    }

    /// <summary>Takes a step with the gradients stored in the tensors.</summary>
    public void Step(TrainingState state, AdamStep adam)
    {
        var blocks = (state.Latents + RowsPerBlock - 1) / RowsPerBlock;
        team.Run(blocks, (_, block) =>
        {
            var first = block * RowsPerBlock;
            var rows = Math.Min(RowsPerBlock, state.Latents - first);
            var offset = (long)first * state.Width;
            adam.Update(state.Encoder, offset, state.Encoder.GradientStart + offset, rows * state.Width);
            adam.Update(state.EncoderBias, first, state.EncoderBias.GradientStart + first, rows);
            adam.Update(state.Decoder, offset, state.Decoder.GradientStart + offset, rows * state.Width);
            Renormalize(state.Decoder.ValueStart + offset, rows, state.Width);
        });
        adam.Update(state.DecoderBias, 0, state.DecoderBias.GradientStart, state.Width);
        foreach (var tensor in state.Extra)
            StepExtra(tensor, tensor.GradientStart, state.Latents, adam);
    }

    /// <summary>Updates a tensor [F] of the architecture and applies its lower limit.</summary>
    public static void StepExtra(TrainedTensor tensor, float* gradient, int latents, AdamStep adam)
    {
        adam.Update(tensor, 0, gradient, latents);
        foreach (ref var value in new Span<float>(tensor.ValueStart, latents))
            value = Math.Max(value, tensor.Minimum);
    }

    /// <summary>Scales rows to norm 1.</summary>
    public static void Renormalize(float* rows, int count, int width)
    {
        for (var i = 0; i < count; i++)
        {
            var row = rows + (long)i * width;
            RowKernels.Scale(row, 1 / MathF.Sqrt(RowKernels.Dot(row, row, width)), width);
        }
    }
}

/// <summary>Floats as integers in the same order, including NaN, so that a selection always ends.</summary>
internal static class FloatOrder
{
    public static int Key(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        return bits ^ ((bits >> 31) & int.MaxValue);
    }

    public static float Value(int key) => BitConverter.Int32BitsToSingle(key ^ ((key >> 31) & int.MaxValue));

    /// <summary>The <paramref name="number"/>-th largest key, counted from 1; reorders the keys (Hoare's quickselect).</summary>
    public static int Largest(Span<int> keys, int number)
    {
        var (left, right) = (0, keys.Length - 1);
        var wanted = number - 1;
        while (left < right)
        {
            var pivot = keys[left + (right - left) / 2];
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
}

/// <summary>One column's part of a tile of the encoder's product. A loop over it is compiled once for each element type.</summary>
internal interface IProductRow
{
    /// <summary>Values read by one <see cref="Load"/>.</summary>
    const int Step = 64;

    /// <summary>Loads 64 values.</summary>
    void Load(int at, out Vector512<float> a, out Vector512<float> b, out Vector512<float> c, out Vector512<float> d);

    /// <summary>One value.</summary>
    float this[int at] { get; }
}

/// <summary>A row of float32.</summary>
internal readonly unsafe struct FloatRow(float* start) : IProductRow
{
    public float this[int at] => start[at];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(int at, out Vector512<float> a, out Vector512<float> b, out Vector512<float> c, out Vector512<float> d)
    {
        a = Vector512.Load(start + at);
        b = Vector512.Load(start + at + 16);
        c = Vector512.Load(start + at + 32);
        d = Vector512.Load(start + at + 48);
    }
}

/// <summary>A row of bfloat16, which is the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Row(ushort* start) : IProductRow
{
    public float this[int at] => BitConverter.UInt32BitsToSingle((uint)start[at] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(int at, out Vector512<float> a, out Vector512<float> b, out Vector512<float> c, out Vector512<float> d)
    {
        var lower = Vector512.Load(start + at);
        var upper = Vector512.Load(start + at + 32);
        a = (Vector512.WidenLower(lower) << 16).AsSingle();
        b = (Vector512.WidenUpper(lower) << 16).AsSingle();
        c = (Vector512.WidenLower(upper) << 16).AsSingle();
        d = (Vector512.WidenUpper(upper) << 16).AsSingle();
    }
}

/// <summary>Addresses of tensors for these kernels.</summary>
internal static class TensorMemory
{
    /// <summary>The first element of a contiguous float32 tensor in host memory. Valid while the tensor lives.</summary>
    public static unsafe float* Pointer(Tensor tensor) => (float*)TensorData.Address(tensor);
}
