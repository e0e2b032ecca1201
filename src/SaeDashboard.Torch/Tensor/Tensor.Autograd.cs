using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Whether operations on this tensor are recorded for gradients.</summary>
        public bool requires_grad
        {
            get
            {
                Library.Check(NativeAutograd.get_requires_grad(Live, out var result));
                return result;
            }
            set => Library.Check(NativeAutograd.set_requires_grad(Live, value));
        }

        /// <summary>Sets whether operations on this tensor are recorded, and returns it.</summary>
        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>Sets whether operations on this tensor are recorded, and returns it.</summary>
        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Whether the tensor was made by the caller rather than by a recorded operation.</summary>
        public bool is_leaf
        {
            get
            {
                Library.Check(NativeTensor.is_leaf(Live, out var result));
                return result;
            }
        }

        /// <summary>Keeps the gradient of a tensor that is no leaf.</summary>
        public void retain_grad() => Library.Check(NativeAutograd.retain_grad(Live));

        /// <summary>The gradient that backward summed up, or null. Each reading makes a tensor over the same memory.</summary>
        public Tensor? grad
        {
            get
            {
                Library.Check(NativeAutograd.get_grad(Live, out var result));
                return result == 0 ? null : new Tensor(result);
            }
            set => Library.Check(NativeAutograd.set_grad(Live, Optional(value)));
        }

        /// <summary>Adds the gradient of this one number to every leaf it was computed from.</summary>
        public void backward() => backward(null);

        /// <summary>
        /// Adds the gradient of this tensor, weighted by <paramref name="grad_tensors"/>, to every leaf it was computed from.
        /// </summary>
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);
    }
}
