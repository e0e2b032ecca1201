using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Gradients of recorded operations.</summary>
    public static partial class autograd
    {
        /// <summary>Adds the gradients of the sum of these tensors to the leaves they were computed from.</summary>
        public static void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            using var outputs = new TensorPins(tensors);
            using var weights = new TensorPins(grad_tensors);
            using var leaves = new TensorPins(inputs);
            Library.Check(NativeAutograd.backward(
                outputs.Pointers, outputs.Count, weights.Pointers, weights.Count, retain_graph ?? create_graph, create_graph,
                leaves.Pointers, leaves.Count));
        }

        /// <summary>
        /// The gradients of the sum of the outputs with respect to the inputs. With <paramref name="allow_unused"/> an input that played
        /// no part gives null.
        /// </summary>
        public static IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false,
            bool create_graph = false, bool allow_unused = false)
        {
            using var from = new TensorPins(outputs);
            using var to = new TensorPins(inputs);
            using var weights = new TensorPins(grad_outputs);
            var results = new nint[to.Count];
            Library.Check(NativeAutograd.grad(
                from.Pointers, from.Count, to.Pointers, to.Count, weights.Pointers, weights.Count, retain_graph, create_graph,
                allow_unused, results, out _));
            return Array.ConvertAll(results, pointer => pointer == 0 ? null! : new Tensor(pointer));
        }
    }
}
