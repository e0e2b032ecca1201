using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

public class LeastSquaresTests
{
    [Fact]
    public void What_is_linear_is_found_and_leaves_nothing()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new double[,] { { 1, 2, 3, 4, 7 }, { 1, -1, 1, -1, 0 } });
        var y = x[0].Mul(2).sub(x[1].Mul(3)).Add(5);
        var weights = LeastSquares.Fit(x, y, 1e-12, out var residual);
        Assert.Equal(2, weights[0], 1e-9);
        Assert.Equal(-3, weights[1], 1e-9);
        Assert.All(residual, value => Assert.InRange(value, -1e-9, 1e-9));
    }

    [Fact]
    public void A_variable_twice_shares_its_weight_and_one_that_never_changes_gets_none()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new double[,] { { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, { 8, 8, 8, 8 } });
        var weights = LeastSquares.Fit(x, tensor(new double[] { 3, 6, 9, 12 }), 1e-4, out var residual);
        // Half of 3 each, less half of the ridge's share.
        Assert.Equal(3 / (2 + 1e-4), weights[0], 1e-9);
        Assert.Equal(weights[0], weights[1], 1e-9);
        Assert.Equal(0, weights[2]);
        Assert.Equal(0, residual.Sum(), 1e-9);
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        using var scope = NewDisposeScope();
        var x = rand(5, 20000, ScalarType.Float64, generator: new Generator(1));
        var y = rand(20000, ScalarType.Float64, generator: new Generator(2));
        var before = get_num_threads();
        var alone = LeastSquares.Fit(x, y, 1e-4, out var residual);
        set_num_threads(before + 1);
        Assert.Equal(alone, LeastSquares.Fit(x, y, 1e-4, out var other));
        Assert.Equal(residual, other);
        Assert.Equal(before + 1, get_num_threads());
        set_num_threads(before);
    }
}
