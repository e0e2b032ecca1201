using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>PCA fitted on one set of columns and measured on another: the linear baseline of an SAE.</summary>
public sealed class PrincipalComponents
{
    private readonly SymmetricEigen eigen;

    private PrincipalComponents(double[] mean, SymmetricEigen eigen) => (Mean, this.eigen) = (mean, eigen);

    /// <summary>The mean [d] of the columns it was fitted on.</summary>
    public double[] Mean { get; }

    /// <summary>Component <paramref name="index"/> [d], of norm 1.</summary>
    public double[] Direction(int index) => eigen.Vectors[index];

    /// <summary>Eigenvectors of the covariance of <paramref name="moments"/>.</summary>
    public static PrincipalComponents Fit(SecondMoments moments)
    {
        var mean = moments.Mean();
        return new PrincipalComponents(mean, SymmetricEigen.Decompose(moments.About(mean), moments.Width));
    }

    /// <summary>The best rank-k reconstruction m + VVᵀ(x − m) of columns <c>[n, d]</c>, float32 on the CPU, owned by the caller's scope.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="rank">Components kept, at most d.</param>
    public Tensor Reconstruct(Tensor columns, int rank)
    {
        var width = Mean.Length;
        var kept = Math.Min(rank, width);
        var directions = new float[kept * width];
        for (var component = 0; component < kept; component++)
        {
            for (var i = 0; i < width; i++)
                directions[component * width + i] = (float)Direction(component)[i];
        }

        var basis = TensorData.FromFloats(directions, kept, width);
        var centre = TensorData.FromFloats([.. Mean.Select(value => (float)value)], width);
        return columns.sub(centre).mm(basis.t()).mm(basis).Add(centre);
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

/// <summary>Count, sum and second moment Σxxᵀ of columns, accumulated in float64: everything that PCA and its error need.</summary>
public sealed class SecondMoments(int width)
{
    private readonly double[] sums = new double[width];
    private readonly double[] productSums = new double[width * width];

    /// <summary>Width d.</summary>
    public int Width { get; } = width;

    /// <summary>Columns added.</summary>
    public long Count { get; private set; }

    /// <summary>E x [d].</summary>
    public double[] Mean() => [.. sums.Select(sum => sum / Count)];

    /// <summary>Adds columns <c>[n, d]</c>.</summary>
    public void Add(Tensor columns)
    {
        if (columns.size(0) == 0)
            return;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var exact = columns.to(ScalarType.Float64);
        // [0], not 0: a literal 0 selects the overload that takes a dtype.
        var sum = exact.sum([0]).contiguous();
        var products = exact.transpose(0, 1).mm(exact).contiguous();
        Add(sums, MemoryMarshal.Cast<byte, double>(sum.bytes));
        Add(productSums, MemoryMarshal.Cast<byte, double>(products.bytes));
        Count += columns.size(0);
    }

    /// <summary>E (x − centre)(x − centre)ᵀ, <c>[d, d]</c> row-major: the covariance when the centre is the mean.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public double[] About(ReadOnlySpan<double> centre)
    {
        if (Count == 0)
            throw new InvalidOperationException("No column was added.");
        var mean = Mean();
        var result = new double[Width * Width];
        for (var i = 0; i < Width; i++)
        {
            var row = result.AsSpan(i * Width, Width);
            for (var j = 0; j < Width; j++)
            {
                // E[xxᵀ] − mμᵀ − μmᵀ + mmᵀ, entry by entry.
                row[j] = productSums[i * Width + j] / Count - centre[i] * mean[j] - mean[i] * centre[j] + centre[i] * centre[j];
            }
        }

        return result;
    }

    // Row by row: above 256 KB TensorPrimitives uses non-temporal stores, and the next clip's sums would have to be read from memory.
    private void Add(double[] target, ReadOnlySpan<double> values)
    {
        for (var at = 0; at < target.Length; at += Width)
            TensorPrimitives.Add(target.AsSpan(at, Width), values.Slice(at, Width), target.AsSpan(at, Width));
    }
}

/// <summary>All eigenvalues and eigenvectors of a real symmetric matrix in float64, by LAPACK (<c>torch.linalg.eigh</c>).</summary>
public sealed class SymmetricEigen
{
    private SymmetricEigen(double[] values, double[][] vectors) => (Values, Vectors) = (values, vectors);

    /// <summary>Eigenvalues, largest first.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Eigenvectors of norm 1 in the order of <see cref="Values"/>. Their component of largest magnitude is positive.</summary>
    public IReadOnlyList<double[]> Vectors { get; }

    /// <summary>
    /// Decomposes <paramref name="matrix"/>, <c>[size, size]</c> row-major and symmetric; only the upper triangle is read.
    /// </summary>
    /// <exception cref="ArgumentException">The matrix has another size or holds a value that is not finite.</exception>
    /// <exception cref="InvalidOperationException">The eigenvalue iteration did not converge.</exception>
    public static SymmetricEigen Decompose(ReadOnlySpan<double> matrix, int size)
    {
        if (matrix.Length != size * size)
            throw new ArgumentException($"{matrix.Length} values are not a matrix of {size} × {size}.", nameof(matrix));
        foreach (var value in matrix)
        {
            if (!double.IsFinite(value))
                throw new ArgumentException("The matrix holds a value that is not finite.", nameof(matrix));
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        // The last bits depend on the number of threads, and more threads gain little.
        using var threads = new TorchThreads(1);
        var symmetric = empty([size, size], ScalarType.Float64, CPU);
        MemoryMarshal.AsBytes(matrix).CopyTo(symmetric.bytes);
        var (values, vectors) = Solve(symmetric);
        // LAPACK orders eigenvalues smallest first and keeps eigenvectors in columns.
        var rows = MemoryMarshal.Cast<byte, double>(vectors.t().flip(0).contiguous().bytes);
        var result = new double[size][];
        for (var i = 0; i < size; i++)
            result[i] = WithFixedSign(rows.Slice(i * size, size).ToArray());
        return new SymmetricEigen(MemoryMarshal.Cast<byte, double>(values.flip(0).bytes).ToArray(), result);
    }

    private static (Tensor Values, Tensor Vectors) Solve(Tensor symmetric)
    {
        try
        {
            return linalg.eigh(symmetric, 'U');
        }
        catch (ExternalException error)
        {
            throw new InvalidOperationException("The eigenvalue iteration did not converge.", error);
        }
    }

    // An eigenvector's sign is arbitrary, and LAPACK's choice differs from one processor to another.
    private static double[] WithFixedSign(double[] vector)
    {
        var largest = 0;
        for (var i = 1; i < vector.Length; i++)
        {
            if (Math.Abs(vector[i]) > Math.Abs(vector[largest]))
                largest = i;
        }

        return vector[largest] < 0 ? Array.ConvertAll(vector, value => -value) : vector;
    }
}
