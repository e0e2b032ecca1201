using System.Runtime.Intrinsics;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Adam (Kingma, Ba 2015) over a run's tensors in place. Dense: a row without gradient still decays its moments and moves. Decoder rows are
/// put back to norm 1 after the step.
/// </summary>
internal sealed unsafe class AdamOptimizer(TrainConfig config, WorkerTeam team)
{
    private const int RowsPerBlock = 64;
    private const int Lane = 16;

    /// <summary>Takes step number <paramref name="step"/> (from 1) with gradients times <paramref name="gradientScale"/>.</summary>
    public void Step(TrainingState state, long step, double learningRate, double gradientScale)
    {
        var factors = new Factors(
            (float)config.Beta1,
            (float)config.Beta2,
            (float)(learningRate / (1 - Math.Pow(config.Beta1, step))),
            (float)(1 / Math.Sqrt(1 - Math.Pow(config.Beta2, step))),
            (float)config.Epsilon,
            (float)gradientScale);
        var blocks = (state.Latents + RowsPerBlock - 1) / RowsPerBlock;
        team.Run(blocks, (_, block) =>
        {
            var first = block * RowsPerBlock;
            var rows = Math.Min(RowsPerBlock, state.Latents - first);
            Update(state.Encoder, (long)first * state.Width, rows * state.Width, factors);
            Update(state.EncoderBias, first, rows, factors);
            Update(state.Decoder, (long)first * state.Width, rows * state.Width, factors);
            Renormalize(state.Decoder.ValueStart + (long)first * state.Width, rows, state.Width);
        });
        Update(state.DecoderBias, 0, state.Width, factors);
        foreach (var tensor in state.Extra)
        {
            Update(tensor, 0, state.Latents, factors with { Rate = (float)(factors.Rate * tensor.RateFactor) });
            foreach (ref var value in new Span<float>(tensor.ValueStart, state.Latents))
                value = Math.Max(value, tensor.Minimum);
        }
    }

    /// <summary>Puts rows back to norm 1.</summary>
    public static void Renormalize(float* rows, int count, int width)
    {
        for (var i = 0; i < count; i++)
        {
            var row = rows + (long)i * width;
            RowKernels.Scale(row, 1 / MathF.Sqrt(RowKernels.Dot(row, row, width)), width);
        }
    }

    private static void Update(TrainedTensor tensor, long offset, int count, in Factors factors)
    {
        var value = tensor.ValueStart + offset;
        var gradient = tensor.GradientStart + offset;
        var first = tensor.FirstStart + offset;
        var second = tensor.SecondStart + offset;
        var (beta1, beta2) = (Vector512.Create(factors.Beta1), Vector512.Create(factors.Beta2));
        var (rest1, rest2) = (Vector512.Create(1 - factors.Beta1), Vector512.Create(1 - factors.Beta2));
        var (rate, root) = (Vector512.Create(factors.Rate), Vector512.Create(factors.Root));
        var (epsilon, scale) = (Vector512.Create(factors.Epsilon), Vector512.Create(factors.GradientScale));
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
            var g = gradient[i] * factors.GradientScale;
            first[i] = factors.Beta1 * first[i] + (1 - factors.Beta1) * g;
            second[i] = factors.Beta2 * second[i] + (1 - factors.Beta2) * g * g;
            value[i] -= factors.Rate * first[i] / (MathF.Sqrt(second[i]) * factors.Root + factors.Epsilon);
        }
    }

    /// <param name="Beta1">Decay of the first moment.</param>
    /// <param name="Beta2">Decay of the second.</param>
    /// <param name="Rate">Learning rate over 1 − β1^t.</param>
    /// <param name="Root">1 / √(1 − β2^t).</param>
    /// <param name="Epsilon">Added to the root.</param>
    /// <param name="GradientScale">What clipping multiplies the gradient by.</param>
    private readonly record struct Factors(float Beta1, float Beta2, float Rate, float Root, float Epsilon, float GradientScale);
}
