namespace TorchSharp;

/// <content>Copies, conversions and contents. The same as the methods of <see cref="Tensor"/>.</content>
public static partial class torch
{
    /// <summary>A copy.</summary>
    public static Tensor clone(Tensor input) => input.clone();
}
