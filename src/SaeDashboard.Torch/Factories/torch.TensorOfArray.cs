namespace TorchSharp;

/// <content>Tensors of the elements of arrays.</content>
public static partial class torch
{
    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<float>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<float>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<double>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<double>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<long>(dataArray, [dataArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<long>(dataArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        int[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<int>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        int[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<int>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        short[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        short[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<short>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        byte[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<byte>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        byte[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<byte>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        sbyte[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<sbyte>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        sbyte[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<sbyte>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        bool[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<bool>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        bool[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<bool>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        Half[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<Half>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Half[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<Half>(rawArray, dimensions, dtype, device, requires_grad);
}
