namespace TorchSharp;

/// <content>Tensors of the elements of lists.</content>
public static partial class torch
{
    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<float> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<float>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<float> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<float>([.. rawArray], dimensions, dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<float> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<float>([.. rawArray], [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<double> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<double>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<double> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<double>([.. rawArray], [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<long> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<long>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<long> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<long>([.. rawArray], dimensions, dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<long> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<long>([.. rawArray], [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<int> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<int>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<int> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<int>([.. rawArray], dimensions, dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<int> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<int>([.. rawArray], [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<short> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<short>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<short> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<short>([.. rawArray], dimensions, dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<short> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<short>([.. rawArray], [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<byte> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<byte>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<byte> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<byte>([.. rawArray], dimensions, dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<byte> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<byte>([.. rawArray], [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<sbyte> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<sbyte>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<sbyte> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<sbyte>([.. rawArray], dimensions, dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<sbyte> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<sbyte>([.. rawArray], [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<bool> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<bool>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<bool> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<bool>([.. rawArray], dimensions, dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<bool> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<bool>([.. rawArray], [rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of these elements, copied.</summary>
    public static Tensor tensor(
        IList<Half> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        FromSpan<Half>([.. rawArray], [rawArray.Count], dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<Half> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<Half>([.. rawArray], dimensions, dtype, device, requires_grad);

    /// <summary>A matrix of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        IList<Half> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<Half>([.. rawArray], [rows, columns], dtype, device, requires_grad);
}
