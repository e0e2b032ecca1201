using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The elements, as they lie in the tensor's memory. The tensor must be on the CPU and its type must be T's.</summary>
        /// <exception cref="ArgumentException">T is not the element type.</exception>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireType<T>();
            RequireCpu();
            return new Utils.TensorAccessor<T>(this);
        }

        /// <summary>The bytes of a contiguous tensor on the CPU.</summary>
        public Span<byte> bytes
        {
            get
            {
                RequireCpu();
                if (!is_contiguous()) throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
                unsafe
                {
                    return new Span<byte>((void*)DataPointer, checked((int)(numel() * element_size())));
                }
            }
            set
            {
                var target = bytes;
                if (target.Length != value.Length)
                    throw new ArgumentException($"The tensor has {target.Length} bytes, {value.Length} were given.", nameof(value));
                value.CopyTo(target);
            }
        }

        /// <summary>The one element of a tensor, whose type must be T's.</summary>
        public T item<T>() where T : unmanaged
        {
            if (numel() != 1) throw new ArgumentException($"Number of elements in the tensor must be 1, it is {numel()}.");
            RequireType<T>();
            if (device_type != DeviceType.CPU)
            {
                using var here = cpu().DetachFromDisposeScope();
                return here.item<T>();
            }
            unsafe
            {
                return *(T*)DataPointer;
            }
        }

        /// <summary>The one element of a tensor, of whatever type.</summary>
        public Scalar ToScalar()
        {
            Library.Check(NativeTensor.item(Live, out var value));
            return Scalar.From(value);
        }

        /// <summary>Reads the i-th element of a contiguous float32 tensor.</summary>
        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);

        /// <summary>Reads the i-th element of a contiguous float64 tensor.</summary>
        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);

        /// <summary>Reads the i-th element of a contiguous int32 tensor.</summary>
        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);

        /// <summary>Reads the i-th element of a contiguous int64 tensor.</summary>
        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);

        /// <summary>Reads the i-th element of a contiguous tensor on the CPU.</summary>
        public T ReadCpuValue<T>(long i) where T : unmanaged
        {
            using var accessor = data<T>();
            return accessor.At(i);
        }

        /// <summary>Fills a contiguous tensor on the CPU from a stream.</summary>
        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024) => stream.ReadExactly(bytes);

        /// <summary>Writes the bytes of a tensor on the CPU to a stream.</summary>
        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            using var whole = contiguous().DetachFromDisposeScope();
            stream.Write(whole.bytes);
        }

        internal nint DataPointer
        {
            get
            {
                Library.Check(NativeTensor.data_ptr(Live, out var pointer));
                return pointer;
            }
        }

        private void RequireType<T>() where T : unmanaged
        {
            if (!ElementTypes.Matches<T>(dtype)) throw new ArgumentException($"{typeof(T).Name} is not compatible with {dtype}");
        }

        private void RequireCpu()
        {
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException(
                    "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }

        /// <summary>The one element of a tensor, converted.</summary>
        public static explicit operator float(Tensor value) => value.ToSingle();

        /// <summary>The one element of a tensor, converted.</summary>
        public static explicit operator double(Tensor value) => value.ToDouble();

        /// <summary>The one element of a tensor, converted.</summary>
        public static explicit operator byte(Tensor value) => (byte)value.ToInt64();

        /// <summary>The one element of a tensor, converted.</summary>
        public static explicit operator short(Tensor value) => (short)value.ToInt64();

        /// <summary>The one element of a tensor, converted.</summary>
        public static explicit operator int(Tensor value) => value.ToInt32();

        /// <summary>The one element of a tensor, converted.</summary>
        public static explicit operator long(Tensor value) => value.ToInt64();

        /// <summary>The one element of a tensor, converted.</summary>
        public static explicit operator bool(Tensor value) => value.ToBoolean();
    }
}
