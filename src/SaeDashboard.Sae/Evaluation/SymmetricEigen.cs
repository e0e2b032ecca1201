using static SaeDashboard.Sae.Evaluation.VectorMath;

namespace SaeDashboard.Sae.Evaluation;

/// <summary>
/// All eigenvalues and eigenvectors of a real symmetric matrix in float64: Householder reduction to tridiagonal form, then implicit QL with
/// Wilkinson's shift (Golub and Van Loan, "Matrix Computations", 8.3). Rows are contiguous in every inner loop, so width 2048 stays bearable.
/// </summary>
public sealed class SymmetricEigen
{
    private const int MostSweeps = 60;

    private SymmetricEigen(double[] values, double[][] vectors) => (Values, Vectors) = (values, vectors);

    /// <summary>Eigenvalues, largest first.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Eigenvectors of norm 1 in the order of <see cref="Values"/>; the component that is largest in magnitude is positive.</summary>
    public IReadOnlyList<double[]> Vectors { get; }

    /// <summary>Decomposes <paramref name="matrix"/>, <c>[size, size]</c> row-major and symmetric (the upper triangle is read as the lower's mirror).</summary>
    /// <exception cref="ArgumentException">The matrix has another size or holds a value that is not finite.</exception>
    public static SymmetricEigen Decompose(ReadOnlySpan<double> matrix, int size)
    {
        if (matrix.Length != size * size)
            throw new ArgumentException($"{matrix.Length} values are not a matrix of {size} × {size}.", nameof(matrix));
        var rows = new double[size][];
        for (var i = 0; i < size; i++)
        {
            rows[i] = matrix.Slice(i * size, size).ToArray();
            foreach (var value in rows[i])
            {
                if (!double.IsFinite(value))
                    throw new ArgumentException("The matrix holds a value that is not finite.", nameof(matrix));
            }
        }

        var diagonal = new double[size];
        var beside = new double[size];
        var vectors = Tridiagonalise(rows, diagonal, beside);
        SolveTridiagonal(diagonal, beside, vectors);

        var order = Enumerable.Range(0, size).OrderByDescending(i => diagonal[i]).ToArray();
        return new SymmetricEigen([.. order.Select(i => diagonal[i])], [.. order.Select(i => WithFixedSign(vectors[i]))]);
    }

    /// <summary>
    /// Reduces to diagonal and off-diagonal (beside[i] couples i and i + 1). Returns the transposed transformation: row i starts as column i
    /// of Q in A = Q·T·Qᵀ, so that the QL rotations mix whole rows.
    /// </summary>
    private static double[][] Tridiagonalise(double[][] a, double[] diagonal, double[] beside)
    {
        var size = diagonal.Length;
        var reflectors = new double[size][];
        for (var k = 0; k < size - 1; k++)
        {
            diagonal[k] = a[k][k];
            var tail = a[k].AsSpan(k + 1);
            var norm = Math.Sqrt(Dot(tail, tail));
            var restNorm = Math.Sqrt(Dot(tail[1..], tail[1..]));
            if (restNorm == 0)
            {
                beside[k] = tail[0];
                reflectors[k] = [];
                continue;
            }

            // v = x ± ‖x‖e₁ of norm 1: H = I − 2vvᵀ sends x to ∓‖x‖e₁, the sign that does not cancel.
            var v = tail.ToArray();
            beside[k] = v[0] > 0 ? -norm : norm;
            v[0] -= beside[k];
            Scale(v, 1 / Math.Sqrt(Dot(v, v)));
            reflectors[k] = v;

            // A ← HAH = A − vwᵀ − wvᵀ with p = 2Av, w = p − (v·p)v.
            var w = new double[v.Length];
            for (var i = 0; i < v.Length; i++)
                w[i] = 2 * Dot(a[k + 1 + i].AsSpan(k + 1), v);
            AddScaled(w, -Dot(v, w), v);
            for (var i = 0; i < v.Length; i++)
            {
                var row = a[k + 1 + i].AsSpan(k + 1);
                AddScaled(row, -v[i], w);
                AddScaled(row, -w[i], v);
            }
        }

        diagonal[size - 1] = a[size - 1][size - 1];

        // Qᵀ = H_{n−2}…H_1: from the last reflector on, only the trailing block is not the identity. a's memory is used again.
        for (var i = 0; i < size; i++)
        {
            Array.Clear(a[i]);
            a[i][i] = 1;
        }

        for (var k = size - 2; k >= 0; k--)
        {
            var v = reflectors[k];
            for (var i = k + 1; v.Length > 0 && i < size; i++)
                AddScaled(a[i].AsSpan(k + 1), -2 * Dot(a[i].AsSpan(k + 1), v), v);
        }

        return a;
    }

    private static void SolveTridiagonal(double[] diagonal, double[] beside, double[][] vectors)
    {
        var size = diagonal.Length;
        for (var l = 0; l < size; l++)
        {
            for (var sweep = 0; ; sweep++)
            {
                var m = l;
                while (m < size - 1 && Math.Abs(beside[m]) > double.Epsilon + 1.2e-16 * (Math.Abs(diagonal[m]) + Math.Abs(diagonal[m + 1])))
                    m++;
                if (m == l)
                    break;
                if (sweep == MostSweeps)
                    throw new InvalidOperationException("The eigenvalue iteration did not converge.");
                Sweep(diagonal, beside, vectors, l, m);
            }
        }
    }

    /// <summary>One implicit QL step on rows l..m.</summary>
    private static void Sweep(double[] diagonal, double[] beside, double[][] vectors, int l, int m)
    {
        var g = (diagonal[l + 1] - diagonal[l]) / (2 * beside[l]);
        var r = double.Hypot(g, 1);
        g = diagonal[m] - diagonal[l] + beside[l] / (g + Math.CopySign(r, g));
        double sine = 1, cosine = 1, p = 0;
        for (var i = m - 1; i >= l; i--)
        {
            var f = sine * beside[i];
            var b = cosine * beside[i];
            r = double.Hypot(f, g);
            beside[i + 1] = r;
            if (r == 0)
            {
                diagonal[i + 1] -= p;
                beside[m] = 0;
                return;
            }

            sine = f / r;
            cosine = g / r;
            g = diagonal[i + 1] - p;
            r = (diagonal[i] - g) * sine + 2 * cosine * b;
            p = sine * r;
            diagonal[i + 1] = g + p;
            g = cosine * r - b;
            Rotate(vectors[i], vectors[i + 1], cosine, sine);
        }

        diagonal[l] -= p;
        beside[l] = g;
        beside[m] = 0;
    }

    private static double[] WithFixedSign(double[] vector)
    {
        var largest = 0;
        for (var i = 1; i < vector.Length; i++)
        {
            if (Math.Abs(vector[i]) > Math.Abs(vector[largest]))
                largest = i;
        }

        if (vector[largest] < 0)
            Scale(vector, -1);
        return vector;
    }
}
