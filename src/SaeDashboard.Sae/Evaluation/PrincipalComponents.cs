namespace SaeDashboard.Sae.Evaluation;

/// <summary>PCA fitted on one set of columns, to be measured on another: the linear yardstick beside an SAE.</summary>
public sealed class PrincipalComponents
{
    private readonly SymmetricEigen eigen;

    private PrincipalComponents(double[] mean, SymmetricEigen eigen) => (Mean, this.eigen) = (mean, eigen);

    /// <summary>The mean [d] of the columns it was fitted on.</summary>
    public double[] Mean { get; }

    /// <summary>Variances along the components, largest first.</summary>
    public IReadOnlyList<double> Variances => eigen.Values;

    /// <summary>Component <paramref name="index"/> [d], of norm 1.</summary>
    public double[] Direction(int index) => eigen.Vectors[index];

    /// <summary>Eigenvectors of the covariance of what was added to <paramref name="moments"/>.</summary>
    public static PrincipalComponents Fit(SecondMoments moments)
    {
        var mean = moments.Mean();
        return new PrincipalComponents(mean, SymmetricEigen.Decompose(moments.About(mean), moments.Width));
    }

    /// <summary>
    /// E‖e‖² of the best rank-k reconstruction m + VVᵀ(x − m) on the columns of <paramref name="measured"/>:
    /// tr S − Σ vᵢᵀSvᵢ with S = E(x − m)(x − m)ᵀ.
    /// </summary>
    public double SquaredError(SecondMoments measured, int rank)
    {
        var about = measured.About(Mean);
        var width = measured.Width;
        var error = 0.0;
        for (var i = 0; i < width; i++)
            error += about[i * width + i];
        for (var component = 0; component < Math.Min(rank, width); component++)
        {
            var direction = Direction(component);
            for (var i = 0; i < width; i++)
                error -= direction[i] * TensorPrimitives.Dot(about.AsSpan(i * width, width), direction);
        }

        return Math.Max(0, error);
    }
}
