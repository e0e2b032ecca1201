using TorchSharp.Interop;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>The functions of neural networks.</summary>
        public static partial class functional
        {
            /// <summary>input · weightsᵀ + bias.</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Tensor.Make(NativeNn.linear(input.Live, weights.Live, Optional(bias), out var result), result);

            /// <summary>Over the last dimensions: (x − mean) / √(variance + eps) · weight + bias.</summary>
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null,
                double eps = 1e-05) =>
                Tensor.Make(
                    NativeNn.layer_norm(input.Live, normalized_shape, normalized_shape.Length, Optional(weight), Optional(bias), eps,
                        out var result),
                    result);

            /// <summary>As layer_norm, over groups of channels.</summary>
            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null,
                double eps = 1e-05) =>
                Tensor.Make(NativeNn.group_norm(input.Live, num_groups, Optional(weight), Optional(bias), eps, out var result), result);

            /// <summary>x · Φ(x), with the error function.</summary>
            public static Tensor gelu(Tensor x) => x.gelu();

            /// <summary>x · Φ(x), with the error function.</summary>
            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, GELU.Approximate.none, inplace);

            /// <summary>x · Φ(x), or its approximation by tanh.</summary>
            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false)
            {
                if (!inplace) return x.gelu(approximate);
                Library.Check(NativeNn.gelu_(x.Live, approximate == GELU.Approximate.tanh));
                return x;
            }

            /// <summary>x where it is positive, else zero.</summary>
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            /// <summary>x where it is positive, else alpha · (exp(x) − 1).</summary>
            public static Tensor elu(Tensor x, double alpha, bool inplace = false) => inplace ? x.elu_(alpha) : x.elu(alpha);

            /// <summary>x · sigmoid(x).</summary>
            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.silu_() : x.silu();

            /// <summary>1 / (1 + exp(−x)).</summary>
            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            /// <summary>The hyperbolic tangent.</summary>
            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? x.tanh_() : x.tanh();

            /// <summary>exp(x) over the sum of exponentials along a dimension.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            /// <summary>The logarithm of softmax along a dimension.</summary>
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>log(1 + exp(beta · x)) / beta.</summary>
            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => x.softplus(beta, threshold);

            /// <summary>Elements dropped with probability p while training, the others scaled by 1 / (1 − p).</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (inplace) throw new NotSupportedException("dropout in place is not bound.");
                return Tensor.Make(NativeNn.dropout(input.Live, p, training, out var result), result);
            }

            /// <summary>A one where the number says, zeros elsewhere; −1 classes is one more than the largest number.</summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1) =>
                Tensor.Make(NativeNn.one_hot(x.Live, num_classes, out var result), result);

            /// <summary>
            /// softmax(query · keyᵀ / √width + mask) · value over [batch, heads, columns, width]; a boolean mask names what may be seen.
            /// </summary>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false) =>
                Tensor.Make(
                    NativeNn.scaled_dot_product_attention(query.Live, key.Live, value.Live, Optional(attn_mask), p, is_casual,
                        out var result), result);

            /// <summary>x over its p-norm along a dimension, the norm being at least eps.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12) =>
                Tensor.Make(NativeNn.normalize(input.Live, p, dim, eps, out var result), result);

            /// <summary>The cosine of the angle between both, along a dimension.</summary>
            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-08) =>
                Tensor.Make(NativeNn.cosine_similarity(x1.Live, x2.Live, dim, eps, out var result), result);
        }
    }
}
