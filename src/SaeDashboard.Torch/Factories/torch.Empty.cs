using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Tensors whose elements are yet to be written, or all one number.</content>
public static partial class torch
{
    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Tensor.Make(NativeCreate.empty(size, size.Length, Floating(dtype), Where(device), Index(device), requires_grad, out var result),
            result);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        empty(size.AsSpan(), dtype, device, requires_grad);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        empty([size], dtype, device, requires_grad);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        empty([rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        empty([dim0, dim1, dim2], dtype, device, requires_grad);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        empty([dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        int size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        empty([size], dtype, device, requires_grad);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        empty([rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        int dim0, int dim1, int dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        empty([dim0, dim1, dim2], dtype, device, requires_grad);

    /// <summary>A tensor whose elements are whatever the memory held.</summary>
    public static Tensor empty(
        int dim0, int dim1, int dim2, int dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        empty([dim0, dim1, dim2, dim3], dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Tensor.Make(NativeCreate.full(size, size.Length, value.Value, Given(dtype), Where(device), Index(device), requires_grad,
            out var result), result);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full(size.AsSpan(), value, dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full([size], value, dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        full([rows, columns], value, dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        long dim0, long dim1, long dim2, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        full([dim0, dim1, dim2], value, dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        long dim0, long dim1, long dim2, long dim3, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, string[]? names = null) =>
        full([dim0, dim1, dim2, dim3], value, dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        int size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full([size], value, dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        int rows, int columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        full([rows, columns], value, dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        int dim0, int dim1, int dim2, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        full([dim0, dim1, dim2], value, dtype, device, requires_grad);

    /// <summary>A tensor whose every element is the value.</summary>
    public static Tensor full(
        int dim0, int dim1, int dim2, int dim3, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        full([dim0, dim1, dim2, dim3], value, dtype, device, requires_grad);
}
