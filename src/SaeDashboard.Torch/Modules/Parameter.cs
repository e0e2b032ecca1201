using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that is to be trained: it records gradients from the start.</summary>
public class Parameter : Tensor
{
    /// <summary>Takes over the tensor: what is passed in is as good as disposed.</summary>
    public Parameter(Tensor data, bool requires_grad = true) : base(data.DecoupleFromNativeHandle()) =>
        Library.Check(NativeAutograd.set_requires_grad(Live, requires_grad));
}
