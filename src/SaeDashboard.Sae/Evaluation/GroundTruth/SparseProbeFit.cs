using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>
/// Fits k-sparse probes on `select` by orthogonal matching pursuit (Pati et al. 1993): starting with a given feature, repeatedly adds the
/// feature whose activations correlate best with the residual of least squares on the labels (1 and 0, with intercept), until there are k.
/// </summary>
internal sealed class SparseProbeFit
{
    // For collinear features; relative to their variances.
    private const double Ridge = 1e-4;

    private readonly ConceptTruth truth;
    private readonly SparseColumns columns;
    private readonly TruthLevel level;
    private readonly int[][] units;
    private readonly float[][] values;
    private readonly double[] deviations;

    public SparseProbeFit(ConceptTruth truth, SparseColumns columns, TruthLevel level)
    {
        (this.truth, this.columns, this.level) = (truth, columns, level);
        units = new int[columns.Features][];
        values = new float[columns.Features][];
        deviations = new double[columns.Features];
        var all = level == TruthLevel.Frames
            ? truth.Layout.Clips * (double)(truth.Layout.Columns - truth.Layout.FirstColumn + 1)
            : truth.Layout.Units(level);
        Parallel.For(0, columns.Features, Settings(CancellationToken.None), feature =>
        {
            var most = columns.Units(feature).Length;
            var (where, what) = (new int[most], new float[most]);
            var count = columns.At(level, feature, 0, where, what);
            (units[feature], values[feature]) = (where[..count], what[..count]);
            double sum = 0, squares = 0;
            foreach (var value in values[feature])
            {
                sum += value;
                squares += (double)value * value;
            }
            deviations[feature] = Math.Sqrt(Math.Max(0, squares / all - sum / all * (sum / all)));
        });
    }

    /// <summary>The probe of a concept.</summary>
    /// <param name="concept">The concept's number.</param>
    /// <param name="first">The first feature, and the lag of all.</param>
    /// <param name="size">k.</param>
    /// <param name="cancellation">Checked between steps.</param>
    public SparseProbe Fit(int concept, DirectionChoice first, int size, CancellationToken cancellation)
    {
        // By frames the lag shifts units against labels. By seconds it was applied in the means, which hardly changes which features correlate.
        var lag = level == TruthLevel.Frames ? first.Lag : 0;
        var labels = Counted(concept, lag);
        var rows = new int[labels.Count(label => label != FrameLabels.LeftOut)];
        var place = new int[labels.Length];
        using var scope = NewDisposeScope();
        var targets = zeros(rows.Length, ScalarType.Float64, CPU);
        var answers = Numbers(targets);
        for (int unit = 0, row = 0; unit < labels.Length; unit++)
        {
            if (labels[unit] == FrameLabels.LeftOut) continue;
            place[unit] = row;
            answers[row] = labels[unit] == FrameLabels.Positive ? 1 : 0;
            rows[row++] = unit;
        }

        var chosen = new List<int>();
        var variables = zeros([size, rows.Length], ScalarType.Float64, CPU);
        var weights = Array.Empty<double>();
        var residual = new double[labels.Length];
        for (var next = first.Direction; next >= 0; next = MostCorrelated(residual, lag, chosen))
        {
            cancellation.ThrowIfCancellationRequested();
            Fill(Numbers(variables).Slice(chosen.Count * rows.Length, rows.Length), next, first.Lag, lag, labels, place);
            chosen.Add(next);
            using var soFar = variables.narrow(0, 0, chosen.Count);
            weights = LeastSquares.Fit(soFar, targets, Ridge, out var left);
            if (chosen.Count == size) break;
            for (var row = 0; row < rows.Length; row++) residual[rows[row]] = left[row];
        }
        return new SparseProbe([.. chosen], weights);
    }

    /// <summary>The concept's labels by unit, left out where no measured column is compared with them.</summary>
    private sbyte[] Counted(int concept, int lag)
    {
        var labels = truth.At(level).Of(concept);
        if (level != TruthLevel.Frames) return labels;
        var layout = truth.Layout;
        for (var clip = 0; clip < layout.Clips; clip++)
        {
            var own = labels.AsSpan(clip * layout.Stride, layout.Stride);
            var first = layout.Margin + layout.FirstColumn - 1 - lag;
            own[..Math.Max(0, first)].Clear();
            own[Math.Min(layout.Stride, layout.Margin + layout.Columns - lag)..].Clear();
        }
        return labels;
    }

    private int MostCorrelated(double[] residual, int lag, List<int> taken)
    {
        var correlation = new double[columns.Features];
        Parallel.For(0, columns.Features, Settings(CancellationToken.None), feature =>
        {
            if (deviations[feature] == 0) return;
            var (where, what) = (units[feature], values[feature]);
            var sum = 0.0;
            for (var i = 0; i < where.Length; i++) sum += what[i] * residual[where[i] - lag];
            correlation[feature] = Math.Abs(sum) / deviations[feature];
        });
        foreach (var feature in taken) correlation[feature] = 0;
        var best = Array.IndexOf(correlation, correlation.Max());
        return correlation[best] > 0 ? best : -1;
    }

    /// <summary>Writes a feature's activations by row into zeros.</summary>
    private void Fill(Span<double> activations, int feature, int columnLag, int lag, sbyte[] labels, int[] place)
    {
        var (where, what) = (units[feature], values[feature]);
        if (level == TruthLevel.Seconds)
        {
            (where, what) = (new int[columns.Units(feature).Length], new float[columns.Units(feature).Length]);
            var count = columns.At(level, feature, columnLag, where, what);
            (where, what) = (where[..count], what[..count]);
        }
        for (var i = 0; i < where.Length; i++)
        {
            var unit = where[i] - lag;
            if (labels[unit] != FrameLabels.LeftOut) activations[place[unit]] = what[i];
        }
    }

    private static Span<double> Numbers(Tensor tensor) => MemoryMarshal.Cast<byte, double>(tensor.bytes);

    private static ParallelOptions Settings(CancellationToken cancellation) =>
        new() { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()), CancellationToken = cancellation };
}

/// <summary>A linear score from a few features.</summary>
/// <param name="Features">The features, in the order they were selected.</param>
/// <param name="Weights">One per feature. The intercept does not affect a ranking.</param>
internal sealed record SparseProbe(int[] Features, double[] Weights);

/// <summary>Least squares with intercept on a few variables, in float64.</summary>
internal static class LeastSquares
{
    /// <summary>Weights w that minimise Σ (y − b − Σ wⱼxⱼ)² + ridge·n·Σ var(xⱼ)·wⱼ².</summary>
    /// <param name="variables">float64 <c>[k, n]</c>.</param>
    /// <param name="targets">float64 <c>[n]</c>.</param>
    /// <param name="ridge">Relative to each variable's variance; above 0, so that the solution is unique even for collinear
    /// variables.</param>
    /// <param name="residual">y − b − Σ wⱼxⱼ <c>[n]</c>.</param>
    public static double[] Fit(Tensor variables, Tensor targets, double ridge, out double[] residual)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        // One thread: the last bits depend on their number.
        using var threads = new TorchThreads(1);
        var x = variables.sub(variables.mean([1], true));
        var y = targets.sub(targets.mean()).reshape(-1, 1);
        var products = x.mm(x.t());
        // A constant variable gets weight 0.
        var squares = products.diagonal();
        squares.copy_(where(squares.Gt(0), squares.Mul(1 + ridge), ones_like(squares)));
        // Symmetric and positive definite: Cholesky. linalg.solve would end the process if it failed.
        var weights = x.mm(y).cholesky_solve(linalg.cholesky(products));
        residual = ToArray(y.sub(x.t().mm(weights)));
        return ToArray(weights);
    }

    private static double[] ToArray(Tensor tensor) => MemoryMarshal.Cast<byte, double>(tensor.contiguous().bytes).ToArray();
}
