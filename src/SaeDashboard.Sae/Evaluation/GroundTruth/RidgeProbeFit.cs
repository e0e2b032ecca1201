using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// Ridge regression of labels (1 and 0, with intercept) on the whole residual stream: the ceiling of a linear probe. Dimensions are scaled
/// to variance 1. The penalty is the best of <see cref="Penalties"/> by squared error in cross-validation within `select`, with whole clips
/// as folds. All errors follow from second moments per fold, so no prediction is computed.
/// </summary>
internal sealed class RidgeProbeFit : IDisposable
{
    private const int Folds = 5;
    private static readonly double[] Penalties = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10];

    private readonly Tensor rows;
    private readonly Tensor mean;
    private readonly Tensor deviation;
    private readonly int[] foldOf;

    /// <param name="raw">float32 <c>[n, d]</c>, owned by the caller.</param>
    /// <param name="clipOf">The clip of each row.</param>
    public RidgeProbeFit(Tensor raw, int[] clipOf)
    {
        foldOf = [.. clipOf.Select(clip => clip % Folds)];
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        mean = raw.mean([0], true).DetachFromDisposeScope();
        deviation = raw.sub(mean).Square().mean([0], true).sqrt().ClampMin(1e-6).DetachFromDisposeScope();
        rows = raw.sub(mean).div(deviation).DetachFromDisposeScope();
    }

    public int Width => (int)rows.size(1);

    /// <summary>The direction [d] of a concept in the residual stream's units; zeros without positives or negatives.</summary>
    /// <param name="labels">One per row; rows that are left out do not count.</param>
    public float[] Fit(ReadOnlySpan<sbyte> labels)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var folds = new Moments[Folds];
        for (var fold = 0; fold < Folds; fold++) folds[fold] = Sum(labels, fold);
        var all = folds.Aggregate(Moments.Add);
        if (all.Targets == 0 || all.Targets == all.Count) return new float[Width];

        var errors = new double[Penalties.Length];
        foreach (var fold in folds)
        {
            var rest = Moments.Subtract(all, fold);
            if (fold.Count == 0 || rest.Targets == 0 || rest.Targets == rest.Count) continue;
            var solver = new Solver(rest);
            for (var i = 0; i < Penalties.Length; i++) errors[i] += fold.SquaredError(solver.Weights(Penalties[i]), rest);
        }
        var penalty = Penalties[Array.IndexOf(errors, errors.Min())];
        return TensorData.ToArray(new Solver(all).Weights(penalty).div(deviation.reshape(-1).to(ScalarType.Float64)));
    }

    public void Dispose()
    {
        rows.Dispose();
        mean.Dispose();
        deviation.Dispose();
    }

    private Moments Sum(ReadOnlySpan<sbyte> labels, int fold)
    {
        var (places, targets) = (new List<long>(), new List<float>());
        for (var row = 0; row < labels.Length; row++)
        {
            if (labels[row] == FrameLabels.LeftOut || foldOf[row] != fold) continue;
            places.Add(row);
            targets.Add(labels[row] == FrameLabels.Positive ? 1 : 0);
        }
        if (places.Count == 0) return Moments.Empty(Width);
        var x = rows.index_select(0, TensorData.FromInt64s([.. places], places.Count));
        var y = TensorData.FromFloats([.. targets], targets.Count, 1);
        var transposed = x.transpose(0, 1);
        return new Moments(
            places.Count, targets.Sum(target => (double)target), x.sum([0]).to(ScalarType.Float64),
            transposed.mm(y).reshape(-1).to(ScalarType.Float64), transposed.mm(x).to(ScalarType.Float64));
    }

    /// <summary>n, Σy, Σx [d], Σxy [d], Σxxᵀ [d, d]; y is 0 or 1, so Σy² = Σy.</summary>
    private sealed record Moments(double Count, double Targets, Tensor Sum, Tensor WithTargets, Tensor Products)
    {
        public static Moments Empty(int width) => new(
            0, 0, zeros([width], ScalarType.Float64), zeros([width], ScalarType.Float64), zeros([width, width], ScalarType.Float64));

        public static Moments Add(Moments a, Moments b) => new(
            a.Count + b.Count, a.Targets + b.Targets, a.Sum.Add(b.Sum), a.WithTargets.Add(b.WithTargets), a.Products.Add(b.Products));

        public static Moments Subtract(Moments a, Moments b) => new(
            a.Count - b.Count, a.Targets - b.Targets, a.Sum.sub(b.Sum), a.WithTargets.sub(b.WithTargets), a.Products.sub(b.Products));

        /// <summary>Σ(y − b − wᵀx)² over these moments, with the intercept b = ȳ − wᵀx̄ of the fitted ones.</summary>
        public double SquaredError(Tensor weights, Moments fitted)
        {
            var intercept = fitted.Targets / fitted.Count - Dot(weights, fitted.Sum) / fitted.Count;
            return Targets - 2 * (intercept * Targets + Dot(weights, WithTargets)) + Count * intercept * intercept
                + 2 * intercept * Dot(weights, Sum) + Dot(weights, Products.mm(weights.reshape(-1, 1)).reshape(-1));
        }

        private static double Dot(Tensor a, Tensor b) => a.mul(b).sum().item<double>();
    }

    /// <summary>w = V (VᵀCV + λ)⁻¹ Vᵀc with C the covariance of x, c that of x and y: one decomposition serves every penalty.</summary>
    private sealed class Solver
    {
        private readonly Tensor values;
        private readonly Tensor vectors;
        private readonly Tensor right;

        public Solver(Moments moments)
        {
            var average = moments.Sum.Div(moments.Count);
            var covariance = moments.Products.Div(moments.Count).sub(average.reshape(-1, 1).mm(average.reshape(1, -1)));
            (values, vectors) = linalg.eigh(covariance);
            var with = moments.WithTargets.Div(moments.Count).sub(average.Mul(moments.Targets / moments.Count));
            right = vectors.transpose(0, 1).mm(with.reshape(-1, 1)).reshape(-1);
        }

        public Tensor Weights(double penalty) => vectors.mm(right.div(values.ClampMin(0).Add(penalty)).reshape(-1, 1)).reshape(-1);
    }
}
