using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Linear algebra.</summary>
    public static partial class linalg
    {
        /// <summary>The 2-norm of all elements, or the norm of vectors or matrices along dimensions.</summary>
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) =>
            Tensor.Make(NativeReduce.linalg_norm(input.Live, dims, dims?.Length ?? -1, keepdim, out var result), result);

        /// <summary>The norm of this order of a vector, or of vectors or matrices along dimensions.</summary>
        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Tensor.Make(NativeReduce.linalg_norm_order(input.Live, ord, dims, dims?.Length ?? -1, keepdim, out var result), result);

        /// <summary>The norm of this order of all elements, or along dimensions.</summary>
        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) =>
            Tensor.Make(NativeReduce.vector_norm(input.Live, ord, dims, dims?.Length ?? -1, keepdim, out var result), result);

        /// <summary>U, the singular values and Vᴴ.</summary>
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            Library.Check(NativeLinear.svd(input.Live, fullMatrices, out var u, out var s, out var vh));
            return (new Tensor(u), new Tensor(s), new Tensor(vh));
        }

        /// <summary>Eigenvalues in rising order and eigenvectors (as columns) of a symmetric matrix.</summary>
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') =>
            Tensor.Make(NativeLinear.eigh(input.Live, UPLO == 'U', out var first, out var second), first, second);

        /// <summary>The inverse of a matrix.</summary>
        public static Tensor inv(Tensor input) => input.inverse();

        /// <summary>The X with A · X = B.</summary>
        public static Tensor solve(Tensor A, Tensor B, bool left = true)
        {
            if (left) return Tensor.Make(NativeLinear.solve(A.Live, B.Live, out var result), result);
            // X · A = B is Aᵀ · Xᵀ = Bᵀ.
            using var scope = NewDisposeScope();
            return Tensor.Make(NativeLinear.solve(A.mT.Live, B.mT.Live, out var transposed), transposed).mT.MoveToOuterDisposeScope();
        }

        /// <summary>The lower triangular L with L · Lᴴ = input.</summary>
        public static Tensor cholesky(Tensor input) => Tensor.Make(NativeLinear.cholesky(input.Live, out var result), result);
    }
}
