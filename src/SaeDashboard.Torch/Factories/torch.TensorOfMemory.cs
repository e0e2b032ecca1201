using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Tensors of memory and of single numbers.</content>
public static partial class torch
{
    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Memory<float> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<float>(rawArray.Span, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Memory<double> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, string[]? names = null) =>
        FromSpan<double>(rawArray.Span, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Memory<long> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<long>(rawArray.Span, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Memory<int> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<int>(rawArray.Span, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Memory<short> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<short>(rawArray.Span, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Memory<byte> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<byte>(rawArray.Span, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Memory<sbyte> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<sbyte>(rawArray.Span, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of these elements in row-major order, copied.</summary>
    public static Tensor tensor(
        Memory<Half> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        FromSpan<Half>(rawArray.Span, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions: one number.</summary>
    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) =>
        FromSpan<float>(new ReadOnlySpan<float>(in scalar), [], null, device, requires_grad);

    /// <summary>A tensor of no dimensions: one number.</summary>
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<double>(new ReadOnlySpan<double>(in scalar), [], dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions: one number.</summary>
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<long>(new ReadOnlySpan<long>(in scalar), [], dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions: one number.</summary>
    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) =>
        FromSpan<int>(new ReadOnlySpan<int>(in scalar), [], null, device, requires_grad);

    /// <summary>A tensor of no dimensions: one number.</summary>
    public static Tensor tensor(short scalar, Device? device = null, bool requires_grad = false) =>
        FromSpan<short>(new ReadOnlySpan<short>(in scalar), [], null, device, requires_grad);

    /// <summary>A tensor of no dimensions: one number.</summary>
    public static Tensor tensor(byte scalar, Device? device = null, bool requires_grad = false) =>
        FromSpan<byte>(new ReadOnlySpan<byte>(in scalar), [], null, device, requires_grad);

    /// <summary>A tensor of no dimensions: one number.</summary>
    public static Tensor tensor(sbyte scalar, Device? device = null, bool requires_grad = false) =>
        FromSpan<sbyte>(new ReadOnlySpan<sbyte>(in scalar), [], null, device, requires_grad);

    /// <summary>A tensor of no dimensions: one number.</summary>
    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<bool>(new ReadOnlySpan<bool>(in scalar), [], dtype, device, requires_grad);

    private static unsafe Tensor FromSpan<T>(
        ReadOnlySpan<T> elements, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged
    {
        var source = ElementTypes.Of<T>();
        fixed (T* first = elements)
        {
            var status = NativeCreate.from_memory(
                (nint)first, (long)elements.Length * sizeof(T), (int)source, shape, shape.Length, (int)(dtype ?? source), Where(device),
                Index(device), requires_grad, out var result);
            return Tensor.Make(status, result);
        }
    }
}
