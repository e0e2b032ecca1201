namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Least squares with intercept on a handful of variables, in float64.</summary>
internal static class LeastSquares
{
    /// <summary>Weights w that minimise Σ (y − b − Σ wⱼxⱼ)² + ridge·n·Σ var(xⱼ)·wⱼ².</summary>
    /// <param name="variables">Each <c>[n]</c>.</param>
    /// <param name="targets"><c>[n]</c>.</param>
    /// <param name="ridge">Relative to each variable's variance.</param>
    /// <param name="residual">y − b − Σ wⱼxⱼ <c>[n]</c>.</param>
    public static double[] Fit(IReadOnlyList<double[]> variables, double[] targets, double ridge, out double[] residual)
    {
        var size = variables.Count;
        var count = targets.Length;
        var means = variables.Select(variable => variable.Sum() / count).ToArray();
        var targetMean = targets.Sum() / count;
        var matrix = new double[size, size];
        var weights = new double[size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
                matrix[i, j] = matrix[j, i] = VectorMath.Dot(variables[i], variables[j]) / count - means[i] * means[j];
            weights[i] = VectorMath.Dot(variables[i], targets) / count - means[i] * targetMean;
        }
        for (var i = 0; i < size; i++)
            matrix[i, i] = matrix[i, i] > 0 ? matrix[i, i] * (1 + ridge) : 1;
        Solve(matrix, weights);

        residual = new double[count];
        Array.Fill(residual, -targetMean + Enumerable.Range(0, size).Sum(i => weights[i] * means[i]));
        VectorMath.AddScaled(residual, 1, targets);
        for (var i = 0; i < size; i++) VectorMath.AddScaled(residual, -weights[i], variables[i]);
        return weights;
    }

    /// <summary>Gaussian elimination with pivoting; the result stands in <paramref name="right"/>.</summary>
    private static void Solve(double[,] matrix, double[] right)
    {
        var size = right.Length;
        for (var k = 0; k < size; k++)
        {
            var pivot = k;
            for (var i = k + 1; i < size; i++)
            {
                if (Math.Abs(matrix[i, k]) > Math.Abs(matrix[pivot, k])) pivot = i;
            }
            for (var j = 0; j < size; j++) (matrix[k, j], matrix[pivot, j]) = (matrix[pivot, j], matrix[k, j]);
            (right[k], right[pivot]) = (right[pivot], right[k]);
            for (var i = k + 1; i < size; i++)
            {
                var factor = matrix[i, k] / matrix[k, k];
                for (var j = k; j < size; j++) matrix[i, j] -= factor * matrix[k, j];
                right[i] -= factor * right[k];
            }
        }
        for (var i = size - 1; i >= 0; i--)
        {
            for (var j = i + 1; j < size; j++) right[i] -= matrix[i, j] * right[j];
            right[i] /= matrix[i, i];
        }
    }
}
