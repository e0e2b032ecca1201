using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Tensors counted, drawn, or made after another.</content>
public static partial class torch
{
    /// <summary>The numbers from start up to, not including, stop.</summary>
    public static Tensor arange(
        Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Tensor.Make(NativeCreate.arange(start.Value, stop.Value, step.Value, Given(dtype), Where(device), Index(device), requires_grad,
            out var result), result);

    /// <summary>The numbers from start up to, not including, stop.</summary>
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    /// <summary>The numbers from 0 up to, not including, stop.</summary>
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>Equally spaced numbers from start to end, both included.</summary>
    public static Tensor linspace(
        double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Tensor.Make(NativeCreate.linspace(start, end, steps, Floating(dtype), Where(device), Index(device), requires_grad, out var result),
            result);

    /// <summary>Ones on the diagonal, zeros elsewhere.</summary>
    public static Tensor eye(
        long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Tensor.Make(NativeCreate.eye(rows, columns < 0 ? rows : columns, Floating(dtype), Where(device), Index(device), requires_grad,
            out var result), result);

    /// <summary>The Hann window.</summary>
    public static Tensor hann_window(
        long len, bool periodic = true, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Tensor.Make(NativeCreate.hann_window(len, periodic, Floating(dtype), Where(device), Index(device), requires_grad, out var result),
            result);

    /// <summary>Whole numbers from low up to, not including, high.</summary>
    public static Tensor randint(
        long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        Tensor.Make(NativeCreate.randint(low, high, size, size.Length, Optional(generator), Integer(dtype), Where(device), Index(device),
            requires_grad, out var result), result);

    /// <summary>Whole numbers from 0 up to, not including, high.</summary>
    public static Tensor randint(
        long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null,
        string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator);

    /// <summary>The numbers from 0 up to, not including, n in random order.</summary>
    public static Tensor randperm(
        long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Tensor.Make(NativeCreate.randperm(n, Optional(generator), Integer(dtype), Where(device), Index(device), requires_grad,
            out var result), result);

    /// <summary>Zeros, in the shape, type and device of another tensor unless others are named.</summary>
    public static Tensor zeros_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Tensor.Make(NativeCreate.zeros_like(input.Live, Like(input, dtype), Where(input, device), Index(input, device), requires_grad,
            out var result), result);

    /// <summary>Ones, in the shape, type and device of another tensor unless others are named.</summary>
    public static Tensor ones_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Tensor.Make(NativeCreate.ones_like(input.Live, Like(input, dtype), Where(input, device), Index(input, device), requires_grad,
            out var result), result);

    /// <summary>Whatever the memory held, in the shape, type and device of another tensor unless others are named.</summary>
    public static Tensor empty_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Tensor.Make(NativeCreate.empty_like(input.Live, Like(input, dtype), Where(input, device), Index(input, device), requires_grad,
            out var result), result);

    /// <summary>The value, in the shape, type and device of another tensor unless others are named.</summary>
    public static Tensor full_like(
        Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Tensor.Make(NativeCreate.full_like(input.Live, value.Value, Like(input, dtype), Where(input, device), Index(input, device),
            requires_grad, out var result), result);

    /// <summary>Random numbers between 0 and 1, in the shape, type and device of another tensor unless others are named.</summary>
    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Tensor.Make(NativeCreate.rand_like(input.Live, Like(input, dtype), Where(input, device), Index(input, device), requires_grad,
            out var result), result);

    /// <summary>
    /// Random numbers of the standard normal distribution, in the shape, type and device of another tensor unless others are named.
    /// </summary>
    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Tensor.Make(NativeCreate.randn_like(input.Live, Like(input, dtype), Where(input, device), Index(input, device), requires_grad,
            out var result), result);

    private static int Floating(ScalarType? dtype) => (int)(dtype ?? defaultType);

    private static int Integer(ScalarType? dtype) => (int)(dtype ?? ScalarType.Int64);

    // Without a type libtorch takes the number's: Int64 for whole ones, its default for the others.
    private static int Given(ScalarType? dtype) => dtype is { } named ? (int)named : -1;

    private static int Where(Device? device) => (int)(device ?? defaultDevice).type;

    private static int Index(Device? device) => (device ?? defaultDevice).index;

    private static int Like(Tensor input, ScalarType? dtype) => (int)(dtype ?? input.dtype);

    private static int Where(Tensor input, Device? device) => (int)(device?.type ?? input.device_type);

    private static int Index(Tensor input, Device? device) => device?.index ?? input.device_index;

    private static GeneratorHandle Optional(Generator? generator) => generator is null ? GeneratorHandle.None : generator.Live;
}
