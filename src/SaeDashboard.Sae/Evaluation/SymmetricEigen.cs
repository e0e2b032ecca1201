using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>All eigenvalues and eigenvectors of a real symmetric matrix in float64, by LAPACK (<c>torch.linalg.eigh</c>).</summary>
public sealed class SymmetricEigen
{
    private SymmetricEigen(double[] values, double[][] vectors) => (Values, Vectors) = (values, vectors);

    /// <summary>Eigenvalues, largest first.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Eigenvectors of norm 1 in the order of <see cref="Values"/>; the component that is largest in magnitude is positive.</summary>
    public IReadOnlyList<double[]> Vectors { get; }

    /// <summary>Decomposes <paramref name="matrix"/>, <c>[size, size]</c> row-major and symmetric; only the upper triangle is read.</summary>
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
        // The last bits depend on the number of threads, and a second one gains little: waiting for it on a busy machine costs more.
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
