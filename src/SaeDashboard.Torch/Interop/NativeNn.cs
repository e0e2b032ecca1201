using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Entry points of native/nn.cpp: functions of neural networks. Each returns 0, or 1 with a message stored.</summary>
internal static partial class NativeNn
{
    [LibraryImport(Library.Name, EntryPoint = "sae_linear")]
    internal static partial int linear(TensorHandle input, TensorHandle weight, TensorHandle bias, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_layer_norm")]
    internal static partial int layer_norm(
        TensorHandle input, ReadOnlySpan<long> shape, int dims, TensorHandle weight, TensorHandle bias, double eps, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_group_norm")]
    internal static partial int group_norm(
        TensorHandle input, long groups, TensorHandle weight, TensorHandle bias, double eps, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_gelu")]
    internal static partial int gelu(TensorHandle input, [MarshalAs(UnmanagedType.U1)] bool tanh, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_gelu_")]
    internal static partial int gelu_(TensorHandle input, [MarshalAs(UnmanagedType.U1)] bool tanh);

    [LibraryImport(Library.Name, EntryPoint = "sae_elu")]
    internal static partial int elu(TensorHandle input, double alpha, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_elu_")]
    internal static partial int elu_(TensorHandle input, double alpha);

    [LibraryImport(Library.Name, EntryPoint = "sae_leaky_relu")]
    internal static partial int leaky_relu(TensorHandle input, NativeScalar slope, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_softplus")]
    internal static partial int softplus(TensorHandle input, double beta, double threshold, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_softmax")]
    internal static partial int softmax(TensorHandle input, long dim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_log_softmax")]
    internal static partial int log_softmax(TensorHandle input, long dim, int type, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_dropout")]
    internal static partial int dropout(TensorHandle input, double p, [MarshalAs(UnmanagedType.U1)] bool training, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_one_hot")]
    internal static partial int one_hot(TensorHandle indices, long classes, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_conv1d")]
    internal static partial int conv1d(
        TensorHandle input, TensorHandle weight, TensorHandle bias, long stride, long padding, long dilation, long groups,
        out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_conv_transpose1d")]
    internal static partial int conv_transpose1d(
        TensorHandle input, TensorHandle weight, TensorHandle bias, long stride, long padding, long outputPadding, long dilation,
        long groups, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_pad")]
    internal static partial int pad(TensorHandle input, ReadOnlySpan<long> amounts, int count, int mode, double value, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_scaled_dot_product_attention")]
    internal static partial int scaled_dot_product_attention(
        TensorHandle query, TensorHandle key, TensorHandle value, TensorHandle mask, double dropout,
        [MarshalAs(UnmanagedType.U1)] bool causal, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_mse_loss")]
    internal static partial int mse_loss(TensorHandle input, TensorHandle target, long reduction, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_l1_loss")]
    internal static partial int l1_loss(TensorHandle input, TensorHandle target, long reduction, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_cross_entropy")]
    internal static partial int cross_entropy(
        TensorHandle input, TensorHandle target, TensorHandle weight, long reduction, long ignore, double smoothing, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_cosine_similarity")]
    internal static partial int cosine_similarity(TensorHandle first, TensorHandle second, long dim, double eps, out nint result);

    [LibraryImport(Library.Name, EntryPoint = "sae_normalize")]
    internal static partial int normalize(TensorHandle input, double p, long dim, double eps, out nint result);
}
