using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The number of dimensions.</summary>
        public long dim()
        {
            Library.Check(NativeTensor.dim(Live, out var result));
            return result;
        }

        /// <summary>The number of dimensions.</summary>
        public long ndim => dim();

        /// <summary>The number of dimensions.</summary>
        public long Dimensions => dim();

        /// <summary>The number of elements.</summary>
        public long numel()
        {
            Library.Check(NativeTensor.numel(Live, out var result));
            return result;
        }

        /// <summary>The number of elements.</summary>
        public long NumberOfElements => numel();

        /// <summary>Bytes of one element.</summary>
        public long element_size()
        {
            Library.Check(NativeTensor.element_size(Live, out var result));
            return result;
        }

        /// <summary>Bytes of one element.</summary>
        public long ElementSize => element_size();

        /// <summary>Where in its storage the tensor starts, in elements.</summary>
        public long storage_offset()
        {
            Library.Check(NativeTensor.storage_offset(Live, out var result));
            return result;
        }

        /// <summary>The size of every dimension.</summary>
        public long[] shape
        {
            get
            {
                var sizes = new long[dim()];
                Library.Check(NativeTensor.shape(Live, sizes));
                return sizes;
            }
        }

        /// <summary>The size of every dimension.</summary>
        public long[] size() => shape;

        /// <summary>The size of one dimension; negative numbers count from the end.</summary>
        public long size(int dim)
        {
            Library.Check(NativeTensor.size(Live, dim, out var result));
            return result;
        }

        /// <summary>Elements from one entry to the next, for every dimension.</summary>
        public long[] stride()
        {
            var strides = new long[dim()];
            Library.Check(NativeTensor.strides(Live, strides));
            return strides;
        }

        /// <summary>Elements from one entry of a dimension to the next.</summary>
        public long stride(int dim)
        {
            Library.Check(NativeTensor.stride(Live, dim, out var result));
            return result;
        }

        /// <summary>The type of the elements.</summary>
        public ScalarType dtype
        {
            get
            {
                Library.Check(NativeTensor.dtype(Live, out var result));
                return (ScalarType)result;
            }
        }

        /// <summary>Where the memory lies.</summary>
        public Device device
        {
            get
            {
                Library.Check(NativeTensor.device(Live, out var type, out var index));
                return new Device((DeviceType)type, index);
            }
        }

        /// <summary>The kind of device the memory lies on.</summary>
        public DeviceType device_type
        {
            get
            {
                Library.Check(NativeTensor.device(Live, out var type, out _));
                return (DeviceType)type;
            }
        }

        /// <summary>Which device of its kind; −1 for the CPU.</summary>
        public int device_index
        {
            get
            {
                Library.Check(NativeTensor.device(Live, out _, out var index));
                return index;
            }
        }

        /// <summary>Whether the memory is the CPU's.</summary>
        public bool is_cpu() => device_type == DeviceType.CPU;

        /// <summary>Whether the memory is a GPU's.</summary>
        public bool is_cuda => device_type == DeviceType.CUDA;

        /// <summary>Whether the tensor has a shape and no memory.</summary>
        public bool is_meta => device_type == DeviceType.META;

        /// <summary>Whether the elements lie in order without gaps.</summary>
        public bool is_contiguous()
        {
            Library.Check(NativeTensor.is_contiguous(Live, out var result));
            return result;
        }

        /// <summary>Whether the tensor is sparse.</summary>
        public bool is_sparse
        {
            get
            {
                Library.Check(NativeTensor.is_sparse(Live, out var result));
                return result;
            }
        }

        /// <summary>Whether the memory is page-locked.</summary>
        public bool is_pinned()
        {
            Library.Check(NativeTensor.is_pinned(Live, out var result));
            return result;
        }

        /// <summary>Whether the elements are floating-point numbers.</summary>
        public bool is_floating_point() => torch.is_floating_point(dtype);

        /// <summary>Whether the elements are integers.</summary>
        public bool is_integral() => torch.is_integral(dtype);

        /// <summary>Type, shape and device in one line.</summary>
        public override string ToString() => IsInvalid
            ? "[disposed tensor]"
            : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        /// <summary>Whether both have the same shape and elements.</summary>
        public bool Equals(Tensor target)
        {
            Library.Check(NativePointwise.equal(Live, target.Live, out var result));
            return result;
        }

        /// <summary>Whether both have the same shape and elements.</summary>
        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        /// <summary>By identity: equal content is not looked for.</summary>
        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }

    /// <summary>The number of elements.</summary>
    public static long numel(Tensor input) => input.numel();

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public static bool is_floating_point(Tensor input) => input.is_floating_point();

    /// <summary>Whether the elements are integers.</summary>
    public static bool is_integral(Tensor t) => t.is_integral();

    /// <summary>The type that an operation on both gives.</summary>
    public static ScalarType result_type(Tensor tensor1, Tensor tensor2)
    {
        Library.Check(NativeTensor.result_type(tensor1.Live, tensor2.Live, out var type));
        return (ScalarType)type;
    }

    /// <summary>The smallest type that both can be converted to.</summary>
    public static ScalarType promote_types(ScalarType type1, ScalarType type2)
    {
        Library.Check(NativeTensor.promote_types((int)type1, (int)type2, out var type));
        return (ScalarType)type;
    }
}
