using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Products of matrices and vectors.</content>
    public partial class Tensor
    {
        /// <summary>The matrix product, over batches where there are more dimensions.</summary>
        public Tensor matmul(Tensor target) => Make(NativeLinear.matmul(Live, target.Live, out var result), result);

        /// <summary>The product of two matrices.</summary>
        public Tensor mm(Tensor target) => Make(NativeLinear.mm(Live, target.Live, out var result), result);

        /// <summary>The products of two batches of matrices.</summary>
        public Tensor bmm(Tensor batch2) => Make(NativeLinear.bmm(Live, batch2.Live, out var result), result);

        /// <summary>The product of a matrix and a vector.</summary>
        public Tensor mv(Tensor target) => Make(NativeLinear.mv(Live, target.Live, out var result), result);

        /// <summary>The inner product of two vectors.</summary>
        public Tensor dot(Tensor target) => Make(NativeLinear.dot(Live, target.Live, out var result), result);

        /// <summary>The outer product of two vectors.</summary>
        public Tensor outer(Tensor vec2) => Make(NativeLinear.outer(Live, vec2.Live, out var result), result);

        /// <summary>beta · this + alpha · mat1 · mat2.</summary>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Make(NativeLinear.addmm(Live, mat1.Live, mat2.Live, beta, alpha, out var result), result);

        /// <summary>beta · this + alpha · mat1 · mat2, in place.</summary>
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Done(NativeLinear.addmm_(Live, mat1.Live, mat2.Live, beta, alpha));

        /// <summary>beta · this + alpha · mat · vec.</summary>
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            Make(NativeLinear.addmv(Live, mat.Live, vec.Live, beta, alpha, out var result), result);

        /// <summary>beta · this + alpha · mat · vec, in place.</summary>
        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            Done(NativeLinear.addmv_(Live, mat.Live, vec.Live, beta, alpha));

        /// <summary>beta · this + alpha · batch1 · batch2, for every matrix of the batches.</summary>
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Make(NativeLinear.baddbmm(Live, batch1.Live, batch2.Live, beta, alpha, out var result), result);

        /// <summary>beta · this + alpha · the sum over the batch of batch1 · batch2.</summary>
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Make(NativeLinear.addbmm(Live, batch1.Live, batch2.Live, beta, alpha, out var result), result);

        /// <summary>beta · this + alpha · the sum over the batch of batch1 · batch2, in place.</summary>
        public Tensor addbmm_(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Done(NativeLinear.addbmm_(Live, batch1.Live, batch2.Live, beta, alpha));

        /// <summary>The product summed over these pairs of dimensions.</summary>
        public Tensor tensordot(Tensor b, long[] dims1, long[] dims2) =>
            Make(NativeLinear.tensordot(Live, b.Live, dims1, dims1.Length, dims2, dims2.Length, out var result), result);

        /// <summary>The inverse of a matrix.</summary>
        public Tensor inverse() => Make(NativeLinear.inverse(Live, out var result), result);
    }
}
