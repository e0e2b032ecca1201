using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Copies, conversions and contents.</content>
    public partial class Tensor
    {
        /// <summary>Another tensor over the same memory.</summary>
        public Tensor alias() => Make(NativeTensor.alias(Live, out var result), result);

        /// <summary>A copy.</summary>
        public Tensor clone() => Make(NativeTensor.clone(Live, out var result), result);

        /// <summary>The same elements in order without gaps, copied when they must be.</summary>
        public Tensor contiguous() => Make(NativeTensor.contiguous(Live, out var result), result);

        /// <summary>The same memory, cut off from the gradient.</summary>
        public Tensor detach() => Make(NativeTensor.detach(Live, out var result), result);

        /// <summary>Cuts this tensor off from the gradient.</summary>
        public Tensor detach_() => Done(NativeTensor.detach_(Live));

        /// <summary>Takes the elements of another tensor, converted and broadcast.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Done(NativeTensor.copy_(Live, source.Live, nonBlocking));

        /// <summary>Sets every element to the value.</summary>
        public Tensor fill_(Scalar value) => Done(NativeTensor.fill_(Live, value.Value));

        /// <summary>Sets every element to zero.</summary>
        public Tensor zero_() => Done(NativeTensor.zero_(Live));

        /// <summary>A copy in page-locked memory.</summary>
        public Tensor pin_memory() => Make(NativeTensor.pin_memory(Live, out var result), result);

        /// <summary>The elements as another type; the same memory when nothing changes.</summary>
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Convert((int)type, null, copy, disposeAfter, non_blocking);

        /// <summary>The elements as another type; the same memory when nothing changes.</summary>
        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Convert((int)type, null, copy, disposeAfter, non_blocking);

        /// <summary>The elements on another device; the same memory when nothing changes.</summary>
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Convert(-1, device, copy, disposeAfter, non_blocking);

        /// <summary>The elements on another device; the same memory when nothing changes.</summary>
        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Convert(-1, new Device(device), copy, disposeAfter, non_blocking);

        /// <summary>The elements on another device; the same memory when nothing changes.</summary>
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false,
            bool non_blocking = false) => Convert(-1, new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        /// <summary>The elements as another type on another device.</summary>
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Convert((int)type, device, copy, disposeAfter, non_blocking);

        /// <summary>The elements with another tensor's type and device.</summary>
        public Tensor to(Tensor other, bool non_blocking = false) => Convert((int)other.dtype, other.device, false, false, non_blocking);

        /// <summary>The elements with another tensor's type.</summary>
        public Tensor type_as(Tensor tensor) => Convert((int)tensor.dtype, null, false, false, false);

        /// <summary>The elements on the CPU.</summary>
        public Tensor cpu() => Convert(-1, CPU, false, false, false);

        /// <summary>The elements on a GPU.</summary>
        public Tensor cuda(Device? device = null, bool non_blocking = false) => Convert(-1, device ?? CUDA, false, false, non_blocking);

        /// <summary>The elements as Float32.</summary>
        public Tensor @float() => to_type(ScalarType.Float32);

        /// <summary>The elements as Float64.</summary>
        public Tensor @double() => to_type(ScalarType.Float64);

        /// <summary>The elements as Float16.</summary>
        public Tensor half() => to_type(ScalarType.Float16);

        /// <summary>The elements as BFloat16.</summary>
        public Tensor bfloat16() => to_type(ScalarType.BFloat16);

        /// <summary>The elements as Int64.</summary>
        public Tensor @long() => to_type(ScalarType.Int64);

        /// <summary>The elements as Int32.</summary>
        public Tensor @int() => to_type(ScalarType.Int32);

        /// <summary>The elements as Int16.</summary>
        public Tensor @short() => to_type(ScalarType.Int16);

        /// <summary>The elements as Byte.</summary>
        public Tensor @byte() => to_type(ScalarType.Byte);

        /// <summary>The elements as Bool.</summary>
        public Tensor @bool() => to_type(ScalarType.Bool);
    }
}
