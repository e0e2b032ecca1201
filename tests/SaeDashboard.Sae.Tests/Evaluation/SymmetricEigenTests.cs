using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Tests.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Evaluation;

public class SymmetricEigenTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(64)]
    [InlineData(200)]
    public void A_random_matrix_is_put_together_again_from_orthonormal_vectors(int size)
    {
        var random = new Random(size);
        var matrix = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j <= i; j++)
                matrix[i * size + j] = matrix[j * size + i] = random.NextDouble() - 0.5;
        }

        AssertDecomposes(matrix, size, 1e-12 * size);
    }

    [Fact]
    public void Known_eigenvalues_come_out_in_order()
    {
        // The second difference matrix has eigenvalues 2 − 2·cos(πk / (n + 1)).
        const int Size = 30;
        var matrix = new double[Size * Size];
        for (var i = 0; i < Size; i++)
        {
            matrix[i * Size + i] = 2;
            if (i > 0)
                matrix[i * Size + i - 1] = matrix[(i - 1) * Size + i] = -1;
        }

        var eigen = SymmetricEigen.Decompose(matrix, Size);
        for (var k = 0; k < Size; k++)
            Assert.Equal(2 - 2 * Math.Cos(Math.PI * (Size - k) / (Size + 1)), eigen.Values[k], 1e-12);
    }

    [Fact]
    public void Repeated_eigenvalues_zero_and_diagonal_matrices_work()
    {
        AssertDecomposes(new double[49], 7, 0);
        double[] diagonal = [3, 0, 0, 0, 0, 3, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1e-9];
        AssertDecomposes(diagonal, 4, 1e-15);

        // Rank 2 of 20: eighteen eigenvalues are 0.
        var random = new Random(5);
        var a = Enumerable.Range(0, 20).Select(_ => random.NextDouble()).ToArray();
        var b = Enumerable.Range(0, 20).Select(_ => random.NextDouble()).ToArray();
        var low = new double[400];
        for (var i = 0; i < 400; i++)
            low[i] = a[i / 20] * a[i % 20] + b[i / 20] * b[i % 20];
        AssertDecomposes(low, 20, 1e-13);
        Assert.All(SymmetricEigen.Decompose(low, 20).Values.Skip(2), value => Assert.InRange(value, -1e-13, 1e-13));
    }

    [Fact]
    public void The_largest_component_of_a_vector_is_positive()
    {
        var eigen = SymmetricEigen.Decompose([2, -1, -1, 2], 2);
        Assert.All(eigen.Vectors, vector => Assert.True(vector.MaxBy(Math.Abs) > 0));
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        const int Size = 300;
        var random = new Random(8);
        var matrix = new double[Size * Size];
        for (var i = 0; i < Size * Size; i++)
            matrix[i] = matrix[i % Size * Size + i / Size] = random.NextDouble() - 0.5;
        var before = get_num_threads();
        var expected = SymmetricEigen.Decompose(matrix, Size);
        set_num_threads(before + 1);
        var eigen = SymmetricEigen.Decompose(matrix, Size);
        Assert.Equal(before + 1, get_num_threads());
        set_num_threads(before);
        Assert.Equal(expected.Values, eigen.Values);
        Assert.Equal(expected.Vectors, eigen.Vectors);
    }

    [Fact]
    public void A_wrong_size_and_a_number_that_is_none_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SymmetricEigen.Decompose([1, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => SymmetricEigen.Decompose([1, double.NaN, double.NaN, 1], 2));
    }

    [Fact]
    public void Moments_give_the_covariance_and_pca_its_error_on_other_columns()
    {
        const int Width = 12;
        var random = new Random(3);
        var mix = RandomSae.Normal(random, 1, Width, Width);
        using var fit = RandomSae.Normal(random, 1, 300, Width).matmul(mix).Add(3);
        using var other = RandomSae.Normal(random, 1, 200, Width).matmul(mix).Mul(0.7).Sub(1);
        var fitted = new SecondMoments(Width);
        fitted.Add(fit.narrow(0, 0, 100));
        fitted.Add(fit.narrow(0, 100, 200));
        var measured = new SecondMoments(Width);
        measured.Add(other);

        var rows = RandomSae.Rows(fit);
        var mean = Enumerable.Range(0, Width).Select(i => rows.Average(row => row[i])).ToArray();
        var covariance = fitted.About(mean);
        for (var i = 0; i < Width; i++)
        {
            for (var j = 0; j < Width; j++)
                Assert.Equal(rows.Average(row => (row[i] - mean[i]) * (row[j] - mean[j])), covariance[i * Width + j], 1e-10);
        }

        var components = PrincipalComponents.Fit(fitted);
        foreach (var rank in (int[])[0, 1, 5, Width])
        {
            var error = RandomSae.Rows(other).Average(row =>
            {
                var rest = row.Select((value, i) => value - components.Mean[i]).ToArray();
                for (var k = 0; k < rank; k++)
                {
                    var along = rest.Zip(components.Direction(k), (a, b) => a * b).Sum();
                    for (var i = 0; i < Width; i++)
                        rest[i] -= along * components.Direction(k)[i];
                }

                return rest.Sum(value => value * value);
            });
            Assert.Equal(error, components.SquaredError(measured, rank), 1e-9);
        }
    }

    private static void AssertDecomposes(double[] matrix, int size, double tolerance)
    {
        var eigen = SymmetricEigen.Decompose(matrix, size);
        Assert.Equal(eigen.Values.OrderDescending(), eigen.Values);
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                var rebuilt = Enumerable.Range(0, size).Sum(k => eigen.Values[k] * eigen.Vectors[k][i] * eigen.Vectors[k][j]);
                Assert.InRange(rebuilt - matrix[i * size + j], -tolerance, tolerance);
                var product = eigen.Vectors[i].Zip(eigen.Vectors[j], (a, b) => a * b).Sum();
                Assert.InRange(product - (i == j ? 1 : 0), -1e-12, 1e-12);
            }
        }
    }
}
