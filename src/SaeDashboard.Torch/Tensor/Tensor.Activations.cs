using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>The functions of neural networks that a tensor has itself.</content>
    public partial class Tensor
    {
        /// <summary>exp(x) over the sum of exponentials along a dimension.</summary>
        public Tensor softmax(long dim, ScalarType? dtype = null) =>
            Make(NativeNn.softmax(Live, dim, Type(dtype), out var result), result);

        /// <summary>The logarithm of softmax along a dimension.</summary>
        public Tensor log_softmax(long dim, ScalarType? dtype = null) =>
            Make(NativeNn.log_softmax(Live, dim, Type(dtype), out var result), result);

        /// <summary>x · Φ(x), with the error function.</summary>
        public Tensor gelu() => Make(NativeNn.gelu(Live, false, out var result), result);

        /// <summary>x · Φ(x), or its approximation by tanh.</summary>
        public Tensor gelu(Modules.GELU.Approximate approximate) =>
            Make(NativeNn.gelu(Live, approximate == Modules.GELU.Approximate.tanh, out var result), result);

        /// <summary>x where it is positive, else alpha · (exp(x) − 1).</summary>
        public Tensor elu(double alpha = 1) => Make(NativeNn.elu(Live, alpha, out var result), result);

        /// <summary>x where it is positive, else alpha · (exp(x) − 1), in place.</summary>
        public Tensor elu_(double alpha = 1) => Done(NativeNn.elu_(Live, alpha));

        /// <summary>x where it is positive, else slope · x.</summary>
        public Tensor leaky_relu(Scalar negative_slope) => Make(NativeNn.leaky_relu(Live, negative_slope.Value, out var result), result);

        /// <summary>log(1 + exp(beta · x)) / beta.</summary>
        public Tensor softplus(double beta = 1, double threshold = 20) =>
            Make(NativeNn.softplus(Live, beta, threshold, out var result), result);
    }
}
