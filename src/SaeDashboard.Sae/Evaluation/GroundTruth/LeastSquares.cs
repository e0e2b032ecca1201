using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Least squares with intercept on a handful of variables, in float64.</summary>
internal static class LeastSquares
{
    /// <summary>Weights w that minimise Σ (y − b − Σ wⱼxⱼ)² + ridge·n·Σ var(xⱼ)·wⱼ².</summary>
    /// <param name="variables">float64 <c>[k, n]</c>.</param>
    /// <param name="targets">float64 <c>[n]</c>.</param>
    /// <param name="ridge">Relative to each variable's variance; above 0, so that there is one solution even for collinear variables.</param>
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
        // A variable that never changes gets the weight 0.
        var squares = products.diagonal();
        squares.copy_(where(squares.gt(0), squares.mul(1 + ridge), ones_like(squares)));
        // Symmetric and positive: by its Cholesky factor. linalg.solve would end the process where it fails.
        var weights = x.mm(y).cholesky_solve(linalg.cholesky(products));
        residual = ToArray(y.sub(x.t().mm(weights)));
        return ToArray(weights);
    }

    private static double[] ToArray(Tensor tensor) => MemoryMarshal.Cast<byte, double>(tensor.contiguous().bytes).ToArray();
}
