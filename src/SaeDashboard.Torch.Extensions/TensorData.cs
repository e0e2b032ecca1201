using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Torch.Extensions;

/// <summary>Numbers in and out of tensors, in whole blocks.</summary>
public static partial class TensorData
{
    /// <summary>A copy of the elements as float32 in row-major order, whatever the tensor's shape, type, strides and device are.</summary>
    public static float[] ToArray(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var array = new float[tensor.numel()];
        AsSpan(tensor.detach().cpu().to(ScalarType.Float32).contiguous()).CopyTo(array);
        return array;
    }

    /// <summary>A copy of the elements as int64 in row-major order.</summary>
    public static long[] ToInt64Array(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var array = new long[tensor.numel()];
        MemoryMarshal.Cast<byte, long>(tensor.detach().cpu().to(ScalarType.Int64).contiguous().bytes).CopyTo(array);
        return array;
    }

    /// <summary>A float32 tensor of this shape on the CPU with a copy of the values.</summary>
    /// <exception cref="ArgumentException">The shape asks for another number of values.</exception>
    public static Tensor FromFloats(ReadOnlySpan<float> values, params long[] shape)
    {
        var count = CheckedCount(shape, sizeof(float));
        if (count != values.Length)
            throw new ArgumentException($"The shape [{string.Join(", ", shape)}] asks for {count} values, {values.Length} were given.",
                nameof(values));
        var tensor = empty(shape, ScalarType.Float32, CPU);
        values.CopyTo(AsSpan(tensor));
        return tensor;
    }

    /// <summary>An int64 tensor of this shape on the CPU with a copy of the values.</summary>
    /// <exception cref="ArgumentException">The shape asks for another number of values.</exception>
    public static Tensor FromInt64s(ReadOnlySpan<long> values, params long[] shape)
    {
        var count = CheckedCount(shape, sizeof(long));
        if (count != values.Length)
            throw new ArgumentException($"The shape [{string.Join(", ", shape)}] asks for {count} values, {values.Length} were given.",
                nameof(values));
        var tensor = empty(shape, ScalarType.Int64, CPU);
        MemoryMarshal.AsBytes(values).CopyTo(BytesOf(tensor));
        return tensor;
    }

    /// <summary>
    /// A tensor of this type and shape on the CPU with a copy of <paramref name="byteLength"/> bytes at <paramref name="address"/>,
    /// such as a memory-mapped file's.
    /// </summary>
    /// <exception cref="ArgumentException">The shape asks for another number of bytes.</exception>
    public static unsafe Tensor FromBytes(nint address, long byteLength, ScalarType type, long[] shape)
    {
        var tensor = empty(shape, type, CPU);
        var wanted = tensor.numel() * tensor.element_size();
        if (wanted != byteLength)
        {
            tensor.Dispose();
            throw new ArgumentException(
                $"The shape [{string.Join(", ", shape)}] of {type} asks for {wanted} bytes, {byteLength} were given.", nameof(byteLength));
        }
        if (byteLength > 0) Buffer.MemoryCopy((void*)address, (void*)UncheckedAddress(tensor), byteLength, byteLength);
        return tensor;
    }

    /// <summary>The memory of a contiguous float32 tensor on the CPU. It is the tensor's: valid as long as the tensor is.</summary>
    /// <exception cref="ArgumentException">The tensor is of another type, not contiguous, or not on the CPU.</exception>
    public static Span<float> AsSpan(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32)
            throw new ArgumentException($"The tensor holds {tensor.dtype}, not Float32.", nameof(tensor));
        return MemoryMarshal.Cast<byte, float>(BytesOf(tensor));
    }

    /// <summary>Where the elements of a contiguous float32 tensor on the CPU are, as long as the tensor lives; unlike a span, of any length.</summary>
    /// <exception cref="ArgumentException">It is not that.</exception>
    public static nint Address(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException($"The tensor must be contiguous, on the CPU and float32; it is {tensor.dtype} on {tensor.device}.", nameof(tensor));
        return UncheckedAddress(tensor);
    }

    /// <summary>Where the elements of a contiguous tensor on the CPU lie, as long as the tensor lives. Nothing is checked: for loops that
    /// run hundreds of times a second over tensors of their own making.</summary>
    public static nint UncheckedAddress(Tensor tensor) => THSTensor_data(tensor.Handle);

    private static Span<byte> BytesOf(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException("The tensor must be contiguous and on the CPU.", nameof(tensor));
        return tensor.numel() == 0 ? [] : tensor.bytes;
    }

    // TorchSharp's own way to the memory is a span, which cannot name more than 2 GiB and costs six calls.
    [LibraryImport("LibTorchSharp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint THSTensor_data(nint handle);

    private static long CheckedCount(long[] shape, long elementSize)
    {
        long count = 1;
        foreach (var size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count = checked(count * size);
        }
        _ = checked(count * elementSize);
        return count;
    }
}
