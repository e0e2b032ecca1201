using System.Runtime.Intrinsics;

namespace SaeDashboard.Sae.Training;

/// <summary>Adam's formula with the numbers of one step (Kingma, Ba 2015), for any stretch of a tensor.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second.</param>
/// <param name="Rate">Learning rate over 1 − β1^t.</param>
/// <param name="Root">1 / √(1 − β2^t).</param>
/// <param name="Epsilon">Added to the root.</param>
/// <param name="GradientScale">What clipping multiplies the gradient by.</param>
internal readonly record struct AdamStep(float Beta1, float Beta2, float Rate, float Root, float Epsilon, float GradientScale)
{
    private const int Lane = 16;

    /// <summary>Moves <paramref name="count"/> numbers of a tensor from <paramref name="offset"/> on.</summary>
    /// <param name="tensor">Values and moments.</param>
    /// <param name="offset">The first number.</param>
    /// <param name="gradient">Its gradient; the others' follow.</param>
    /// <param name="count">How many.</param>
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
